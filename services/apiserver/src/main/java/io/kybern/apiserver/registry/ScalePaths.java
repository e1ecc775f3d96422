package io.kybern.apiserver.registry;

import io.kybern.schema.structural.SimplePath;
import org.jspecify.annotations.Nullable;

/**
 * Where a custom resource has what {@code /scale} shows.
 *
 * @param wanted the wanted replicas
 * @param present the present replicas
 * @param selector the label selector as text; null if it has none
 */
public record ScalePaths(
        SimplePath wanted, SimplePath present, @Nullable SimplePath selector) {}
