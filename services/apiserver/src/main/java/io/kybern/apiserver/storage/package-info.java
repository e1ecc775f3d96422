/** The store: objects and the log of their changes in Redis, and the closed set of errors that this can end in. */
@NullMarked
package io.kybern.apiserver.storage;

import org.jspecify.annotations.NullMarked;
