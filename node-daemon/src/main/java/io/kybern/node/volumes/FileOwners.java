package io.kybern.node.volumes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Who reads a pod's token. See <a
 * href="https://kubernetes.io/docs/concepts/storage/projected-volumes/#securitycontext-interactions">how projected volumes and the
 * security context interact</a>.
 */
final class FileOwners {

    private FileOwners() {}

    /** The one user that all containers of the pod are told to run as; empty if they are several, or one is not told. */
    static Optional<Long> ofTokens(Pod pod) {
        var whole = pod.getSpec().getSecurityContext();
        Set<Optional<Long>> users = new HashSet<>();
        Stream.concat(
                        Objects.requireNonNullElse(pod.getSpec().getInitContainers(), List.<Container>of()).stream(),
                        pod.getSpec().getContainers().stream())
                .forEach(container -> {
                    var own = container.getSecurityContext();
                    Long user = own == null ? null : own.getRunAsUser();
                    users.add(Optional.ofNullable(user == null && whole != null ? whole.getRunAsUser() : user));
                });
        return users.size() == 1 ? users.iterator().next() : Optional.empty();
    }
}
