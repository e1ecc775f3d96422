/** Access to collections of the API server that no typed model has. */
@NullMarked
package io.kybern.lifecycle.adapter;

import org.jspecify.annotations.NullMarked;
