/** The node: pods on Docker, probes, volumes, network, service proxy, node API. */
@NullMarked
package io.kybern.node;

import org.jspecify.annotations.NullMarked;
