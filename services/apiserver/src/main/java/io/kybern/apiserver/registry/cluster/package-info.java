/** Namespaces, nodes and what else has no namespace. */
@NullMarked
package io.kybern.apiserver.registry.cluster;

import org.jspecify.annotations.NullMarked;
