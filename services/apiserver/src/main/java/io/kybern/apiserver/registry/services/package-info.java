/** Services, their addresses and ports, and endpoints. */
@NullMarked
package io.kybern.apiserver.registry.services;

import org.jspecify.annotations.NullMarked;
