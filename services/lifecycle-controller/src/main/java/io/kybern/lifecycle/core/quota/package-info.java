/** Tells what each resource quota has in use. */
@NullMarked
package io.kybern.lifecycle.core.quota;

import org.jspecify.annotations.NullMarked;
