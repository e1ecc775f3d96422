package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.objects.ObjectUnavailableException;
import io.kybern.node.objects.ReferencedObjects;
import io.kybern.node.runtime.ContainerRuntime;
import org.jspecify.annotations.Nullable;

/**
 * What a pod's containers are run with: what its runtime class names, if the engine has it. See <a
 * href="https://kubernetes.io/docs/concepts/containers/runtime-class/">runtime class</a>. One per pod, used by one thread at a
 * time.
 */
final class RuntimeHandlers {

    private final ReferencedObjects objects;
    private final ContainerRuntime runtime;
    private @Nullable String found;

    RuntimeHandlers(ReferencedObjects objects, ContainerRuntime runtime) {
        this.objects = objects;
        this.runtime = runtime;
    }

    /** The name that the engine knows it by; null for the engine's own choice. */
    @Nullable
    String of(Pod pod) throws ContainerFailure, ObjectUnavailableException {
        if (Boolean.FALSE.equals(pod.getSpec().getHostUsers())) {
            // a pod must not run with the machine's users that believes to have its own
            throw ContainerFailure.of(
                    "FailedCreatePodSandBox",
                    "can't set `spec.hostUsers: false`, runtime does not support user namespaces");
        }
        String name = pod.getSpec().getRuntimeClassName();
        if (name == null || name.isEmpty() || found != null) {
            return found;
        }
        String handler = objects.runtimeHandler(name)
                .orElseThrow(() -> ContainerFailure.of(
                        "FailedCreatePodSandBox",
                        "failed to get RuntimeClass: runtimeclass.node.k8s.io \"" + name + "\" not found"));
        if (!runtime.info().runtimes().contains(handler)) {
            throw ContainerFailure.of(
                    "FailedCreatePodSandBox",
                    "rpc error: code = Unknown desc = failed to get sandbox runtime: no runtime for \"" + handler
                            + "\" is configured");
        }
        // a class's handler never changes
        found = handler;
        return handler;
    }
}
