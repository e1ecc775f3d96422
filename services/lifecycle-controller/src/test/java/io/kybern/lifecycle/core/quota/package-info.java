/** Tests of the quota controller. */
@NullMarked
package io.kybern.lifecycle.core.quota;

import org.jspecify.annotations.NullMarked;
