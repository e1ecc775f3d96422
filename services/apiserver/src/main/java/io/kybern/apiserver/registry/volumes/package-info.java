/** Storage: claims, volumes and their classes. */
@NullMarked
package io.kybern.apiserver.registry.volumes;

import org.jspecify.annotations.NullMarked;
