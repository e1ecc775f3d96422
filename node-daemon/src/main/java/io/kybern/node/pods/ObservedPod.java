package io.kybern.node.pods;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All containers of one pod as the engine shows them.
 *
 * @param sandboxes newest first
 * @param containers by name, newest first
 */
record ObservedPod(List<ObservedContainer> sandboxes, Map<String, List<ObservedContainer>> containers) {

    ObservedPod {
        sandboxes = List.copyOf(sandboxes);
        containers = Map.copyOf(containers);
    }

    static ObservedPod empty() {
        return new ObservedPod(List.of(), Map.of());
    }

    static ObservedPod of(Collection<ObservedContainer> all) {
        List<ObservedContainer> sandboxes = new ArrayList<>();
        Map<String, List<ObservedContainer>> containers = new LinkedHashMap<>();
        List<ObservedContainer> sorted = new ArrayList<>(all);
        sorted.sort(Comparator.comparingInt(ObservedContainer::attempt)
                .thenComparing(c -> c.details().createdAt())
                .reversed());
        for (ObservedContainer c : sorted) {
            if (c.kind() == ContainerKind.SANDBOX) {
                sandboxes.add(c);
            } else {
                containers.computeIfAbsent(c.name(), n -> new ArrayList<>()).add(c);
            }
        }
        return new ObservedPod(sandboxes, containers);
    }

    /** The newest sandbox if it runs. */
    Optional<ObservedContainer> sandbox() {
        return sandboxes.stream().findFirst().filter(ObservedContainer::running);
    }

    /** The newest instance of a container in any sandbox. */
    Optional<ObservedContainer> latest(String name) {
        return containers.getOrDefault(name, List.of()).stream().findFirst();
    }

    /** The newest instance in the running sandbox; instances of an earlier sandbox do not count as started. */
    Optional<ObservedContainer> current(String name) {
        Optional<ObservedContainer> sandbox = sandbox();
        return sandbox.isEmpty()
                ? Optional.empty()
                : latest(name).filter(c -> c.sandboxId().equals(sandbox.get().id()));
    }

    /** The instance before the newest. */
    Optional<ObservedContainer> previous(String name) {
        return containers.getOrDefault(name, List.of()).stream().skip(1).findFirst();
    }

    /** The same, but with that container as if it were still to be started. */
    ObservedPod withoutStarted(String id) {
        return of(all().stream()
                .map(c -> c.id().equals(id) && c.running() ? c.notStarted() : c)
                .toList());
    }

    /** What runs, without sandboxes. */
    List<ObservedContainer> running() {
        return containers.values().stream()
                .flatMap(List::stream)
                .filter(ObservedContainer::running)
                .toList();
    }

    /** Everything, sandboxes too. */
    List<ObservedContainer> all() {
        List<ObservedContainer> out = new ArrayList<>(sandboxes);
        containers.values().forEach(out::addAll);
        return out;
    }

    boolean anythingRuns() {
        return !running().isEmpty();
    }
}
