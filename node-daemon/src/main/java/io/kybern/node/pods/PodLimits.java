package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.kybern.node.command.CommandFailure;
import io.kybern.node.events.EventSink;
import io.kybern.node.runtime.RuntimeFailure;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What ends a pod from outside its containers: its deadline, more of the disk than it may take, and a node that runs short. Asked by the worker's thread; disks are
 * measured beside it.
 */
final class PodLimits {

    private static final Logger log = LoggerFactory.getLogger(PodLimits.class);

    /** As often as the kubelet measures. */
    private static final Duration MEASURE_EVERY = Duration.ofSeconds(10);

    /** What a pod is granted to end that takes more than it may, in seconds. */
    private static final long EVICTION_GRACE = 1;

    private final PodPorts ports;
    private final Runnable wake;
    private final EphemeralStorage storage;
    private final AtomicReference<@Nullable PodEnding> ending = new AtomicReference<>();
    private volatile boolean measuring;
    private Instant measureAt = Instant.EPOCH;
    private PodRecord.@Nullable FailureVerdict verdict;

    PodLimits(PodPorts ports, Runnable wake) {
        this.ports = ports;
        this.wake = wake;
        this.storage = new EphemeralStorage(ports.runtime(), ports.volumes());
    }

    /** Why the pod has to end; null if it has not to. */
    PodRecord.@Nullable FailureVerdict verdict() {
        return verdict;
    }

    /** Whether the pod ends, or has ended, because it or its node took too much. */
    boolean evicted() {
        return verdict != null && verdict.reason().equals(PodEnding.EVICTED);
    }

    /** When the pod's time is over; null if it may run as long as it likes. */
    static @Nullable Instant deadline(Pod pod, @Nullable Instant startedAt) {
        Long seconds = pod.getSpec().getActiveDeadlineSeconds();
        return seconds == null || startedAt == null ? null : startedAt.plusSeconds(seconds);
    }

    /** Whether the pod has to end; the first time it is told with an event. */
    boolean exceeded(Pod pod, @Nullable Instant startedAt) {
        PodEnding asked = ending.get();
        Instant deadline = deadline(pod, startedAt);
        if (verdict == null && asked != null) {
            verdict = asked.verdict();
            if (asked.told()) {
                tell(pod, EventSink.Type.WARNING, verdict);
            }
        } else if (verdict == null
                && deadline != null
                && !ports.clock().instant().isBefore(deadline)) {
            verdict = new PodRecord.FailureVerdict(
                    "DeadlineExceeded", "Pod was active on the node longer than the specified deadline");
            tell(pod, EventSink.Type.NORMAL, verdict);
        }
        return verdict != null;
    }

    /** The pod as its containers are to be stopped: one that the node ends may have less time than it wants. */
    Pod ending(Pod pod) {
        PodEnding asked = ending.get();
        if (asked == null || Specs.graceSeconds(pod) <= asked.graceSeconds()) {
            return pod;
        }
        return new PodBuilder(pod)
                .editMetadata()
                .withDeletionGracePeriodSeconds(Specs.deletionAsked(pod) ? asked.graceSeconds() : null)
                .endMetadata()
                .editSpec()
                .withTerminationGracePeriodSeconds(asked.graceSeconds())
                .endSpec()
                .build();
    }

    /** Ends the pod for a reason that lies outside of it; the first reason counts. */
    void end(PodEnding how) {
        ending.compareAndSet(null, how);
        wake.run();
    }

    /**
     * Measures what the pod takes of the disk, if that is limited and it is time; answers when the next time is, which nobody knows
     * while it is being measured: whoever has measured wakes the pod.
     */
    @Nullable
    Instant measure(Pod pod, Instant now) {
        if (!EphemeralStorage.limited(pod)) {
            return null;
        }
        if (!measuring && !now.isBefore(measureAt)) {
            measuring = true;
            measureAt = now.plus(MEASURE_EVERY);
            ports.threads().execute(() -> measure(pod));
        }
        return measuring ? null : measureAt;
    }

    private void measure(Pod pod) {
        try {
            storage.excess(pod)
                    .ifPresent(why -> end(new PodEnding(PodEnding.EVICTED, why, false, EVICTION_GRACE, true)));
        } catch (CommandFailure | RuntimeFailure notYet) {
            // files that vanish while they are counted, an engine that is away
            log.atDebug()
                    .setMessage("what a pod takes of the disk could not be measured")
                    .addKeyValue("pod", pod.getMetadata().getName())
                    .addKeyValue("why", notYet.getMessage())
                    .log();
        } finally {
            measuring = false;
            wake.run();
        }
    }

    private void tell(Pod pod, EventSink.Type type, PodRecord.FailureVerdict why) {
        ports.events().record(EventSink.of(pod, null), type, why.reason(), why.message());
    }
}
