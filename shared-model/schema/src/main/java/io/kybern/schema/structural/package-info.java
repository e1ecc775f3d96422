/** The schemas of custom resources: what they allow, prune, fill in and demand. */
@NullMarked
package io.kybern.schema.structural;

import org.jspecify.annotations.NullMarked;
