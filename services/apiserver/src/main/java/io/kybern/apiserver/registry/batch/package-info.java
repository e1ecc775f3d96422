/** Work that ends: Jobs. */
@NullMarked
package io.kybern.apiserver.registry.batch;

import org.jspecify.annotations.NullMarked;
