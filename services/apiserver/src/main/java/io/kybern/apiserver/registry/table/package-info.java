/** Rows and columns of kubectl get. */
@NullMarked
package io.kybern.apiserver.registry.table;

import org.jspecify.annotations.NullMarked;
