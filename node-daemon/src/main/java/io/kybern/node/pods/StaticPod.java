package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.Map;
import java.util.Objects;

/**
 * Pods that a node runs on its own account, and the objects by which the API server shows them. See <a
 * href="https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/">static pods</a>.
 */
public final class StaticPod {

    /** Names what a static pod was made from. */
    public static final String HASH = "kubernetes.io/config.hash";

    /** When it was first seen. */
    public static final String SEEN = "kubernetes.io/config.seen";

    /** Where it comes from. */
    public static final String SOURCE = "kubernetes.io/config.source";

    /** The source of static pods. */
    public static final String FILE = "file";

    /** The source of all other pods. */
    private static final String API = "api";

    /** Makes an object the mirror of the static pod with that hash. */
    public static final String MIRROR = "kubernetes.io/config.mirror";

    private StaticPod() {}

    /** The pod as this node treats one that the API server told of: whatever its object says, no file made it. */
    public static Pod fromApi(Pod object) {
        return new PodBuilder(object)
                .editMetadata()
                .addToAnnotations(SOURCE, API)
                .endMetadata()
                .build();
    }

    /** Whether the pod runs because of a file, and not because of an object. */
    public static boolean isStatic(Pod pod) {
        return FILE.equals(annotations(pod).get(SOURCE)) && !isMirror(pod);
    }

    /** Whether the object only shows a pod that runs without it. */
    public static boolean isMirror(Pod pod) {
        return annotations(pod).containsKey(MIRROR);
    }

    /** Whether the object shows this very static pod. */
    public static boolean mirrors(Pod object, Pod staticPod) {
        String hash = annotations(staticPod).get(HASH);
        return hash != null && hash.equals(annotations(object).get(MIRROR));
    }

    private static Map<String, String> annotations(Pod pod) {
        return Objects.requireNonNullElse(pod.getMetadata().getAnnotations(), Map.<String, String>of());
    }
}
