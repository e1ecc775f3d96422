package io.kybern.node.pods;

import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.runtime.ContainerState;
import io.kybern.node.runtime.ContainerSummary;
import io.kybern.node.runtime.RuntimeFailure;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds what the engine's reports did not tell: one list of all containers of the node, compared with the list before, as <a
 * href="https://kubernetes.io/docs/tasks/administer-cluster/switch-to-evented-pleg/">the kubelet's generator of pod lifecycle events</a>
 * does. So pods of which nothing is expected need not ask by themselves. A change that falls between two lists is told after the
 * second one, so who looks at the engine then sees it. May be asked from any thread; one look at a time.
 */
final class Relist {

    /** A report that is lost is made up for within this time. */
    static final Duration EVERY = Duration.ofSeconds(10);

    private static final Logger log = LoggerFactory.getLogger(Relist.class);

    /** A container in a list; one that is started anew has another id. */
    private record Listed(String podUid, ContainerState state) {}

    private final ContainerRuntime runtime;
    private final Map<String, String> ours;
    private final Consumer<String> changed;
    private final Runnable everything;
    private final AtomicBoolean looking = new AtomicBoolean();
    // of who is looking
    private Map<String, Listed> before = Map.of();
    private boolean blind = true;

    /**
     * @param node whose containers are looked at
     * @param changed told the uid of a pod whose containers are not as they were
     * @param everything run if nothing is known of the time before
     */
    Relist(ContainerRuntime runtime, String node, Consumer<String> changed, Runnable everything) {
        this.runtime = runtime;
        this.ours = Map.of(PodLabels.NODE, node);
        this.changed = changed;
        this.everything = everything;
    }

    /** Looks and tells; does nothing while an earlier look is under way, because the engine takes its time. */
    void look() {
        if (!looking.compareAndSet(false, true)) {
            return;
        }
        try {
            compare(list());
        } catch (RuntimeFailure away) {
            // nobody knows what happens meanwhile
            blind = true;
            log.atDebug().addKeyValue("why", away.getMessage()).log("the node's containers could not be listed");
        } finally {
            looking.set(false);
        }
    }

    private Map<String, Listed> list() {
        Map<String, Listed> now = new HashMap<>();
        for (ContainerSummary c : runtime.list(ours)) {
            now.put(c.id(), new Listed(c.labels().getOrDefault(PodLabels.UID, ""), c.state()));
        }
        return now;
    }

    private void compare(Map<String, Listed> now) {
        if (blind) {
            everything.run();
        } else {
            Set<String> pods = new HashSet<>();
            before.forEach((id, container) -> {
                if (!container.equals(now.get(id))) {
                    pods.add(container.podUid());
                }
            });
            now.forEach((id, container) -> {
                if (!before.containsKey(id)) {
                    pods.add(container.podUid());
                }
            });
            pods.forEach(changed);
        }
        before = now;
        blind = false;
    }
}
