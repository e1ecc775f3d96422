/** Status: how the API reports failure, and the exception that carries one. */
@NullMarked
package io.kybern.api.status;

import org.jspecify.annotations.NullMarked;
