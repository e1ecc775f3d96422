package io.kybern.node.cgroups;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The groups of pods where kubelets have them: {@code kubepods/pod<uid>}, {@code kubepods/burstable/pod<uid>} and
 * {@code kubepods/besteffort/pod<uid>}. The tier of burstable pods has as much of the processors as its pods ask for together, that of best
 * effort the least. See <a
 * href="https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/">quality of service classes</a>.
 *
 * <p>Which pods are known only says how much the burstable tier has: everything else is in the file system, so a new process finds it.
 *
 * <p>To lower a limit of memory may take the kernel long, and the engine may take long to answer: calls for one pod wait for each other, and
 * hardly ever for those of another pod; nobody holds a lock while the engine is asked.
 */
public final class KubepodsGroups implements PodGroups {

    private static final Logger log = LoggerFactory.getLogger(KubepodsGroups.class);

    private static final String ALL_PODS = "kubepods";
    private static final long SHARES_PER_CPU = 1024;
    private static final int LOCKS = 64;

    private final Path root;
    private final String parent;
    private final int cpus;
    private final long podPidsLimit;
    private final BooleanSupplier namedByPath;
    private final Map<String, PodGroup> known = new ConcurrentHashMap<>();
    private final Set<String> leaving = ConcurrentHashMap.newKeySet();
    private final GroupFiles files;
    private final List<Object> locks = Stream.generate(Object::new).limit(LOCKS).toList();
    private volatile @Nullable GroupTree tree;
    private volatile boolean impossible;

    /**
     * Nothing is made before the first pod.
     *
     * @param root the root directory, under which there are {@code proc} and the mounts
     * @param parent the group that everything is made below, {@code /} for the uppermost
     * @param cpus how many processors the machine has, of which all pods together get their share beside its own daemons
     * @param podPidsLimit how many processes and threads each pod may have; none is set unless this is positive
     * @param namedByPath whether the engine takes a path for the name of a group; asked until it answers
     */
    public KubepodsGroups(Path root, String parent, int cpus, long podPidsLimit, BooleanSupplier namedByPath) {
        this(root, parent, cpus, podPidsLimit, namedByPath, GroupFiles.ofKernel());
    }

    KubepodsGroups(
            Path root, String parent, int cpus, long podPidsLimit, BooleanSupplier namedByPath, GroupFiles files) {
        this.root = root;
        this.files = files;
        this.parent = parent.equals("/") ? "" : parent.replaceFirst("^/", "") + "/";
        this.cpus = cpus;
        this.podPidsLimit = podPidsLimit;
        this.namedByPath = namedByPath;
    }

    @Override
    public Optional<String> ensure(PodGroup group) {
        GroupTree groups = groups();
        if (groups == null) {
            return Optional.empty();
        }
        synchronized (lock(group.uid())) {
            return ensure(groups, group);
        }
    }

    private Optional<String> ensure(GroupTree groups, PodGroup group) {
        PodGroup before = known.get(group.uid());
        String path = path(before == null ? group : before);
        boolean there = groups.has(path);
        if (before != null && there) {
            return Optional.of("/" + path);
        }
        try {
            groups.make(path);
        } catch (IOException refused) {
            return without(path, String.valueOf(refused.getMessage()));
        }
        if (!groups.limitable(path)) {
            return without(path, "the memory controller is not handed down to it");
        }
        leaving.remove(group.uid());
        known.put(group.uid(), group);
        if (there) {
            // what an earlier process made may be on its way from one size to another: that goes on from what it has
            groups.complete(path, group.limits());
        } else {
            groups.limit(path, group.limits());
        }
        groups.processes(path, podPidsLimit);
        balance(groups);
        return Optional.of("/" + path);
    }

    private static Optional<String> without(String path, String why) {
        log.atWarn()
                .addKeyValue("group", path)
                .addKeyValue("why", why)
                .log("a pod goes without a control group of its own");
        return Optional.empty();
    }

    @Override
    public void raise(PodGroup group) {
        synchronized (lock(group.uid())) {
            GroupTree groups = tree;
            PodGroup before = known.get(group.uid());
            if (groups != null && before != null) {
                groups.limit(path(before), group.limits().withMoreOf(before.limits()));
            }
        }
    }

    @Override
    public boolean settle(PodGroup group) {
        synchronized (lock(group.uid())) {
            GroupTree groups = tree;
            if (groups == null || known.replace(group.uid(), group) == null) {
                return true;
            }
            balance(groups);
            return groups.limit(path(group), group.limits());
        }
    }

    @Override
    public Optional<PodGroup.Limits> limits(String uid) {
        return Optional.ofNullable(known.get(uid)).map(PodGroup::limits);
    }

    @Override
    public OptionalLong memoryBytes(String uid) {
        GroupTree groups = tree;
        PodGroup group = known.get(uid);
        return groups == null || group == null ? OptionalLong.empty() : groups.memoryBytes(path(group));
    }

    @Override
    public OptionalLong memoryBytes(String uid, String container) {
        GroupTree groups = tree;
        PodGroup group = known.get(uid);
        return groups == null || group == null
                ? OptionalLong.empty()
                : groups.memoryBytes(path(group) + "/" + container);
    }

    @Override
    public void remove(String uid) {
        GroupTree groups = groups();
        synchronized (lock(uid)) {
            known.remove(uid);
            if (groups != null && !removed(groups, uid)) {
                leaving.add(uid);
            }
        }
        if (groups != null) {
            balance(groups);
        }
    }

    @Override
    public void retain(Set<String> uids) {
        GroupTree groups = groups();
        if (groups == null) {
            return;
        }
        Set<String> others = new HashSet<>();
        for (PodGroup.Tier tier : PodGroup.Tier.values()) {
            for (String name : groups.below(tier(tier))) {
                if (name.startsWith("pod") && !uids.contains(name.substring(3))) {
                    others.add(name.substring(3));
                }
            }
        }
        others.forEach(this::remove);
    }

    @Override
    public void sweep() {
        GroupTree groups = tree;
        if (groups == null) {
            return;
        }
        for (String uid : leaving) {
            synchronized (lock(uid)) {
                // unless it has come back meanwhile
                if (leaving.contains(uid) && removed(groups, uid)) {
                    leaving.remove(uid);
                }
            }
        }
    }

    private Object lock(String uid) {
        return locks.get(Math.floorMod(uid.hashCode(), LOCKS));
    }

    /** From wherever it is: that a pod is gone says no more than its id. */
    private boolean removed(GroupTree groups, String uid) {
        boolean gone = true;
        for (PodGroup.Tier tier : PodGroup.Tier.values()) {
            gone &= groups.remove(tier(tier) + "/pod" + uid);
        }
        return gone;
    }

    private synchronized void balance(GroupTree groups) {
        long shares = known.values().stream()
                .filter(g -> g.tier() == PodGroup.Tier.BURSTABLE)
                .mapToLong(g -> g.limits().cpuShares())
                .sum();
        groups.shares(tier(PodGroup.Tier.BURSTABLE), shares);
    }

    private String path(PodGroup group) {
        return tier(group.tier()) + "/" + group.directory();
    }

    private String tier(PodGroup.Tier tier) {
        return parent + ALL_PODS + (tier.directory().isEmpty() ? "" : "/" + tier.directory());
    }

    /** The machine's groups with those that all pods are below; null if there are none to be had. */
    private @Nullable GroupTree groups() {
        if (tree != null || impossible) {
            return tree;
        }
        return begin(namedByPath.getAsBoolean());
    }

    private synchronized @Nullable GroupTree begin(boolean possible) {
        if (tree != null || impossible) {
            return tree;
        }
        if (!possible) {
            giveUp("the engine leaves its groups to systemd");
            return null;
        }
        try {
            GroupTree found = GroupTree.of(root, files);
            for (PodGroup.Tier tier : PodGroup.Tier.values()) {
                found.make(tier(tier));
            }
            found.shares(tier(PodGroup.Tier.GUARANTEED), cpus * SHARES_PER_CPU);
            found.shares(tier(PodGroup.Tier.BEST_EFFORT), 0);
            tree = found;
        } catch (IOException refused) {
            giveUp(String.valueOf(refused.getMessage()));
        }
        return tree;
    }

    private void giveUp(String why) {
        impossible = true;
        log.atWarn()
                .addKeyValue("why", why)
                .log("pods have no control groups of their own: each container is limited by itself");
    }
}
