/** EndpointSlice and Endpoints. */
@NullMarked
package io.kybern.endpoint;

import org.jspecify.annotations.NullMarked;
