package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.runtime.ImageDetails;
import io.kybern.node.runtime.ImageReference;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;

/** The engine labels by which this node finds its containers again; all of its memory between restarts. */
final class PodLabels {

    static final String UID = "io.kybern.pod.uid";
    static final String NAME = "io.kybern.pod.name";
    static final String NAMESPACE = "io.kybern.pod.namespace";
    static final String CONTAINER = "io.kybern.pod.container";
    static final String KIND = "io.kybern.pod.kind";
    static final String ATTEMPT = "io.kybern.pod.attempt";
    static final String ROUND = "io.kybern.pod.round";
    static final String HASH = "io.kybern.pod.hash";
    static final String IMAGE = "io.kybern.pod.image";
    static final String DIGEST = "io.kybern.pod.image-digest";
    static final String SANDBOX = "io.kybern.pod.sandbox";
    static final String NODE = "io.kybern.node";

    private PodLabels() {}

    static Map<String, String> sandbox(Pod pod, String node, int attempt) {
        Map<String, String> labels = base(pod, node);
        labels.put(KIND, ContainerKind.SANDBOX.name());
        labels.put(ATTEMPT, Integer.toString(attempt));
        return labels;
    }

    static Map<String, String> container(
            Pod pod, String node, ContainerAction.StartContainer start, String sandboxId, ImageDetails image) {
        Map<String, String> labels = base(pod, node);
        labels.put(KIND, start.kind().name());
        labels.put(CONTAINER, start.container().getName());
        labels.put(ATTEMPT, Integer.toString(start.attempt()));
        labels.put(ROUND, Integer.toString(start.round()));
        labels.put(HASH, hash(start.container()));
        labels.put(IMAGE, String.valueOf(start.container().getImage()));
        labels.put(SANDBOX, sandboxId);
        image.digest(ImageReference.repository(start.container().getImage()))
                .ifPresent(digest -> labels.put(DIGEST, digest));
        return labels;
    }

    private static Map<String, String> base(Pod pod, String node) {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put(NODE, node);
        labels.put(UID, pod.getMetadata().getUid());
        labels.put(NAME, pod.getMetadata().getName());
        labels.put(NAMESPACE, pod.getMetadata().getNamespace());
        return labels;
    }

    /** Changes with what makes a running container outdated: its image, the one thing that a pod's update may change. */
    static String hash(Container container) {
        CRC32 crc = new CRC32();
        crc.update((container.getName() + "\n" + container.getImage()).getBytes(StandardCharsets.UTF_8));
        return Long.toHexString(crc.getValue());
    }
}
