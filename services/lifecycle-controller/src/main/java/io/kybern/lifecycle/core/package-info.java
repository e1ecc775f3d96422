/** Decisions about namespaces, owners and the first objects of a namespace. */
@NullMarked
package io.kybern.lifecycle.core;

import org.jspecify.annotations.NullMarked;
