/** Cluster DNS. */
@NullMarked
package io.kybern.dns;

import org.jspecify.annotations.NullMarked;
