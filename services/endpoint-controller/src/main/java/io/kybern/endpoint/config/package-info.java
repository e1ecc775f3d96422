/** Wires the endpoint controllers. */
@NullMarked
package io.kybern.endpoint.config;

import org.jspecify.annotations.NullMarked;
