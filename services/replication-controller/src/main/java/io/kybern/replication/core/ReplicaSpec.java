package io.kybern.replication.core;

import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.kybern.api.selector.LabelSelector;
import org.jspecify.annotations.Nullable;

/**
 * What an owner of replicas asks for.
 *
 * @param replicas how many pods
 * @param minReadySeconds how long a pod must be ready to count as available
 * @param selector its pods
 * @param template of its pods; null only for a ReplicationController that has none
 */
public record ReplicaSpec(
        int replicas,
        int minReadySeconds,
        LabelSelector selector,
        @Nullable PodTemplateSpec template) {}
