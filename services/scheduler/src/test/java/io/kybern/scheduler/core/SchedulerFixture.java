package io.kybern.scheduler.core;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.scheduler.core.framework.BindPlugin;
import io.kybern.scheduler.core.framework.Profile;
import io.kybern.scheduler.core.framework.SchedulingCycle;
import io.kybern.scheduler.core.model.PodInfo;
import io.kybern.scheduler.core.plugins.DefaultProfile;
import io.kybern.testing.MutableClock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A scheduler whose time, binding and thread are the test's. */
final class SchedulerFixture {

    final MutableClock clock = new MutableClock();
    final FakeStorage storage = new FakeStorage();
    final Deque<Runnable> bindings = new ArrayDeque<>();
    final Set<String> leaving = new LinkedHashSet<>();
    final Map<String, String> bound = new LinkedHashMap<>();
    final List<String> events = new ArrayList<>();
    final Map<String, Pod> pods = new LinkedHashMap<>();

    @Nullable
    Exception refuseBinding;

    final Scheduler scheduler;

    SchedulerFixture() {
        this(1);
    }

    SchedulerFixture(long seed) {
        BindPlugin binder = new BindPlugin() {
            @Override
            public String name() {
                return "DefaultBinder";
            }

            @Override
            public void bind(PodInfo pod, String node) throws Exception {
                if (refuseBinding != null) {
                    throw refuseBinding;
                }
                bound.put(pod.key().name(), node);
            }
        };
        Profile profile = DefaultProfile.create("default-scheduler", storage, binder);
        SchedulingReporter reporter = new SchedulingReporter() {
            @Override
            public void scheduled(PodInfo pod, String node) {
                events.add("Scheduled: Successfully assigned " + pod.key() + " to " + node);
            }

            @Override
            public void unschedulable(PodInfo pod, String message, @Nullable String nominatedNode) {
                events.add("FailedScheduling: " + message);
            }

            @Override
            public void promiseTakenBack(PodInfo pod) {
                events.add("TakenBack: " + pod.key().name());
            }

            @Override
            public void failed(PodInfo pod, String message) {
                events.add("Error: " + message);
            }
        };
        scheduler = new Scheduler(
                profile,
                new SchedulingCycle(profile, 0, new Random(seed)),
                new Scheduler.Outside(reporter, this::evict, SchedulingListener.NONE, Runnable::run, bindings::add),
                clock);
    }

    /** The victim begins to leave; the test says when it is gone. */
    private void evict(PodInfo victim, PodInfo pod, String node) {
        events.add("Preempted: %s for %s on %s"
                .formatted(victim.key().name(), pod.key().name(), node));
        leaving.add(victim.key().name());
    }

    void nodes(Node... nodes) {
        for (Node node : nodes) {
            scheduler.nodeChanged(node.getMetadata().getName(), node);
        }
    }

    void pod(Pod pod) {
        pods.put(pod.getMetadata().getName(), pod);
        scheduler.podChanged(key(pod), pod);
    }

    void delete(String name) {
        Pod pod = pods.remove(name);
        scheduler.podChanged(key(pod), null);
    }

    /** Tries every pod that is due, without the API server answering any binding. */
    void tryAll() {
        while (scheduler.scheduleOne()) {
            // the next one
        }
    }

    /** The API server answers the bindings asked for so far, and its answer comes back as the pods' new state. */
    void answerBindings() {
        while (!bindings.isEmpty()) {
            bindings.poll().run();
        }
        bound.forEach((name, node) -> {
            Pod pod = pods.get(name);
            if (pod != null && pod.getSpec().getNodeName() == null) {
                pod(new PodBuilder(pod).editSpec().withNodeName(node).endSpec().build());
            }
        });
    }

    void settle() {
        tryAll();
        answerBindings();
    }

    private static ObjectKey key(Pod pod) {
        return new ObjectKey(pod.getMetadata().getNamespace(), pod.getMetadata().getName());
    }
}
