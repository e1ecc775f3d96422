/** What Services mean for EndpointSlices and Endpoints: pure decisions, and the reconcilers that carry them out. */
@NullMarked
package io.kybern.endpoint.core;

import org.jspecify.annotations.NullMarked;
