/** Devices and claims to them: dynamic resource allocation. */
@NullMarked
package io.kybern.apiserver.registry.devices;

import org.jspecify.annotations.NullMarked;
