/** The objects that every cluster starts with. */
@NullMarked
package io.kybern.bootstrap.objects;

import org.jspecify.annotations.NullMarked;
