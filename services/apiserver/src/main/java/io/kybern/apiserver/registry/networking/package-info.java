/** Ways into the cluster and within it: Ingresses and network policies. */
@NullMarked
package io.kybern.apiserver.registry.networking;

import org.jspecify.annotations.NullMarked;
