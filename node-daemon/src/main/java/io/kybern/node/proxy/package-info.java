/** The service proxy: what Services and EndpointSlices mean for the node's packet filter, kept in place. */
@NullMarked
package io.kybern.node.proxy;

import org.jspecify.annotations.NullMarked;
