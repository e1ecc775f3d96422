package io.kybern.controller.fake;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.kybern.api.ResourceRegistry;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.controller.recorder.EventType;
import io.kybern.testing.MutableClock;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;

/** The revision counter, the clock and the events that the objects of several types share. */
public final class FakeCluster {

    private static final ResourceRegistry REGISTRY = ResourceRegistry.builtIn();

    private final MutableClock clock = new MutableClock();
    private final List<String> events = new ArrayList<>();
    private long revision;
    private long uids;

    /** The objects of a built-in type; a new set each time. */
    public <T extends HasMetadata> FakeObjects<T> objects(
            String group, String version, String resource, Class<T> model) {
        return new FakeObjects<>(this, REGISTRY.require(group, version, resource), model);
    }

    /** The time in the cluster. */
    public MutableClock clock() {
        return clock;
    }

    /** Records events as {@code <type> <reason> <message>}. */
    public EventRecorder recorder() {
        return new EventRecorder() {
            @Override
            public void event(ObjectReference regarding, EventType type, String reason, String message) {
                synchronized (FakeCluster.this) {
                    events.add(type.wireName() + " " + reason + " " + message);
                }
            }
        };
    }

    /** The events since the last call. */
    public synchronized List<String> takeEvents() {
        List<String> taken = List.copyOf(events);
        events.clear();
        return taken;
    }

    synchronized long nextRevision() {
        return ++revision;
    }

    synchronized long revision() {
        return revision;
    }

    synchronized String nextUid() {
        return "uid-" + ++uids;
    }

    String now() {
        return DateTimeFormatter.ISO_INSTANT.format(clock.instant());
    }
}
