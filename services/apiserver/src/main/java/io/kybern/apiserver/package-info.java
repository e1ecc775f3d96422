/** The API server. */
@NullMarked
package io.kybern.apiserver;

import org.jspecify.annotations.NullMarked;
