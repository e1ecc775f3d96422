/** What the cluster's zone answers, from the caches of Services and EndpointSlices. */
@NullMarked
package io.kybern.dns.core;

import org.jspecify.annotations.NullMarked;
