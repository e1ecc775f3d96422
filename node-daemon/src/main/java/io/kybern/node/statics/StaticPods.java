package io.kybern.node.statics;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.objects.ObjectUnavailableException;
import io.kybern.node.pods.StaticPod;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the pods that files on this machine describe, with the API server or without it, and has the API server show them. A file that
 * changes is another pod; it starts when the former one has ended. See <a
 * href="https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/">static pods</a>. Safe to call from any thread.
 */
public final class StaticPods {

    private static final Logger log = LoggerFactory.getLogger(StaticPods.class);

    /** What runs on this node. */
    public interface Table {

        /** A pod is to run, or is to be told of anew. */
        void seen(Pod pod);

        /** A pod is not to run any more. */
        void gone(Pod pod);

        /** Every pod that runs or has not quite ended. */
        Collection<Pod> pods();
    }

    private final StaticPodFiles files;
    private final Table keeper;
    private final MirrorPods mirrors;
    private final Supplier<Optional<Collection<Pod>>> objects;
    private final AtomicBoolean looking = new AtomicBoolean();
    private final Map<String, Pod> running = new HashMap<>();
    private final Set<String> uids = ConcurrentHashMap.newKeySet();

    /**
     * @param directory where the files are
     * @param node the node's name
     * @param objects the objects of this node's pods; empty while they are not known
     */
    public StaticPods(
            Path directory,
            String node,
            Table keeper,
            MirrorPods mirrors,
            Supplier<Optional<Collection<Pod>>> objects,
            Clock clock) {
        this.files = new StaticPodFiles(directory, node, clock);
        this.keeper = keeper;
        this.mirrors = mirrors;
        this.objects = objects;
    }

    /** The pods that belong here though no object says so. */
    public Set<String> uids() {
        return Set.copyOf(uids);
    }

    /**
     * Compares the files with what runs, and what runs with what the API server shows. Does nothing while another
     * look is under way: a slow API server would have them pile up.
     */
    public void look() {
        if (!looking.compareAndSet(false, true)) {
            return;
        }
        try {
            compare();
        } finally {
            looking.set(false);
        }
    }

    private void compare() {
        List<Pod> wanted;
        try {
            wanted = files.read();
        } catch (IOException unreadable) {
            log.atWarn().addKeyValue("why", unreadable.getMessage()).log("the files of static pods cannot be read");
            return;
        }
        uids.addAll(wanted.stream().map(StaticPods::uid).toList());
        for (Pod former : List.copyOf(running.values())) {
            if (!wanted.contains(former)) {
                running.remove(uid(former));
                uids.remove(uid(former));
                keeper.gone(former);
            }
        }
        for (Pod pod : wanted) {
            boolean occupied = keeper.pods().stream().anyMatch(other -> samePlace(other, pod));
            if (!occupied) {
                running.put(uid(pod), pod);
                keeper.seen(pod);
            }
        }
        objects.get().ifPresent(this::show);
    }

    private static String uid(Pod pod) {
        return pod.getMetadata().getUid();
    }

    private static boolean samePlace(Pod one, Pod other) {
        return one.getMetadata().getName().equals(other.getMetadata().getName())
                && one.getMetadata().getNamespace().equals(other.getMetadata().getNamespace());
    }

    private void show(Collection<Pod> known) {
        try {
            for (Pod object : known) {
                boolean right = running.values().stream()
                        .anyMatch(pod -> samePlace(pod, object) && StaticPod.mirrors(object, pod));
                boolean asked = object.getMetadata().getDeletionTimestamp() != null;
                if (StaticPod.isMirror(object) && (!right || asked)) {
                    mirrors.remove(object);
                }
            }
            for (Pod pod : running.values()) {
                if (known.stream().noneMatch(object -> samePlace(object, pod))) {
                    mirrors.create(pod);
                    // the new object knows nothing of the pod yet
                    keeper.seen(pod);
                }
            }
        } catch (ObjectUnavailableException later) {
            log.atDebug().addKeyValue("why", later.getMessage()).log("static pods cannot be shown yet");
        }
    }
}
