/** Namespaces, garbage collection, service accounts and their root of trust. */
@NullMarked
package io.kybern.lifecycle;

import org.jspecify.annotations.NullMarked;
