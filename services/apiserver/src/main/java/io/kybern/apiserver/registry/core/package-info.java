/** Configuration, identity, events and other namespaced objects. */
@NullMarked
package io.kybern.apiserver.registry.core;

import org.jspecify.annotations.NullMarked;
