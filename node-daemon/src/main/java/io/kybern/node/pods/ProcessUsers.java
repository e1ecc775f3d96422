package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.ContainerUser;
import io.fabric8.kubernetes.api.model.ContainerUserBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * As whom containers run: what the kernel says of their first processes, asked once for each, before a process can have become
 * somebody else. See <a
 * href="https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#attached-process-identity">attached process
 * identity</a>. Owned by one thread.
 */
final class ProcessUsers {

    private final Path proc;
    private final Map<String, ContainerUser> known = new HashMap<>();

    /** @param proc where the kernel tells of processes */
    ProcessUsers(Path proc) {
        this.proc = proc;
    }

    /** Asks for those that run and are not known yet, and forgets those that are gone. */
    void look(ObservedPod observed) {
        known.keySet()
                .retainAll(observed.all().stream().map(ObservedContainer::id).collect(Collectors.toSet()));
        for (ObservedContainer c : observed.running()) {
            if (!known.containsKey(c.id())) {
                read(c.details().pid()).ifPresent(user -> known.put(c.id(), user));
            }
        }
    }

    /** By the containers' ids. */
    Map<String, ContainerUser> known() {
        return known;
    }

    private Optional<ContainerUser> read(long pid) {
        try {
            Map<String, List<Long>> lines = new HashMap<>();
            for (String line :
                    Files.readAllLines(proc.resolve(String.valueOf(pid)).resolve("status"))) {
                if (line.startsWith("Uid:") || line.startsWith("Gid:") || line.startsWith("Groups:")) {
                    int colon = line.indexOf(':');
                    lines.put(line.substring(0, colon), numbers(line.substring(colon + 1)));
                }
            }
            List<Long> uids = lines.getOrDefault("Uid", List.of());
            List<Long> gids = lines.getOrDefault("Gid", List.of());
            if (uids.isEmpty() || gids.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(new ContainerUserBuilder()
                    .withNewLinux()
                    .withUid(uids.getFirst())
                    .withGid(gids.getFirst())
                    .withSupplementalGroups(lines.getOrDefault("Groups", List.of()))
                    .endLinux()
                    .build());
        } catch (IOException | NumberFormatException ended) {
            return Optional.empty();
        }
    }

    private static List<Long> numbers(String text) {
        return Arrays.stream(text.strip().split("\\s+"))
                .filter(word -> !word.isEmpty())
                .map(Long::valueOf)
                .toList();
    }
}
