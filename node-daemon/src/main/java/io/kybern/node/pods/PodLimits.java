package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.EmptyDirVolumeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.kybern.node.command.CommandFailure;
import io.kybern.node.events.EventSink;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What ends a pod from outside its containers: its deadline, and volumes that take more than they may, as in <a
 * href="https://kubernetes.io/docs/concepts/storage/volumes/#emptydir">emptyDir</a>. Asked by the worker's thread; disks are
 * measured beside it.
 */
final class PodLimits {

    private static final Logger log = LoggerFactory.getLogger(PodLimits.class);

    /** As often as the kubelet measures. */
    private static final Duration MEASURE_EVERY = Duration.ofSeconds(10);

    /** What an evicted pod is granted to end, in seconds. */
    private static final long EVICTION_GRACE = 1;

    private final PodPorts ports;
    private final Runnable wake;
    private final AtomicReference<PodRecord.@Nullable FailureVerdict> eviction = new AtomicReference<>();
    private volatile boolean measuring;
    private Instant measureAt = Instant.EPOCH;
    private PodRecord.@Nullable FailureVerdict verdict;

    PodLimits(PodPorts ports, Runnable wake) {
        this.ports = ports;
        this.wake = wake;
    }

    /** Why the pod has to end; null if it has not to. */
    PodRecord.@Nullable FailureVerdict verdict() {
        return verdict;
    }

    /** When the pod's time is over; null if it may run as long as it likes. */
    static @Nullable Instant deadline(Pod pod, @Nullable Instant startedAt) {
        Long seconds = pod.getSpec().getActiveDeadlineSeconds();
        return seconds == null || startedAt == null ? null : startedAt.plusSeconds(seconds);
    }

    /** Whether the pod has to end; the first time it is told with an event. */
    boolean exceeded(Pod pod, @Nullable Instant startedAt) {
        PodRecord.FailureVerdict evicted = eviction.get();
        Instant deadline = deadline(pod, startedAt);
        if (verdict == null && evicted != null) {
            verdict = evicted;
            tell(pod, EventSink.Type.WARNING, evicted);
        } else if (verdict == null
                && deadline != null
                && !ports.clock().instant().isBefore(deadline)) {
            verdict = new PodRecord.FailureVerdict(
                    "DeadlineExceeded", "Pod was active on the node longer than the specified deadline");
            tell(pod, EventSink.Type.NORMAL, verdict);
        }
        return verdict != null;
    }

    /** The pod as its containers are to be stopped: an evicted one has no time to lose. */
    Pod ending(Pod pod) {
        return eviction.get() == null
                ? pod
                : new PodBuilder(pod)
                        .editSpec()
                        .withTerminationGracePeriodSeconds(EVICTION_GRACE)
                        .endSpec()
                        .build();
    }

    /** Measures what the pod's volumes take, if they are limited and it is time; answers when the next time is. */
    @Nullable
    Instant measure(Pod pod, Instant now) {
        List<Volume> limited = volumes(pod).stream()
                .filter(v ->
                        limit(v) != null && !"Memory".equals(v.getEmptyDir().getMedium()))
                .toList();
        if (limited.isEmpty()) {
            return null;
        }
        if (!measuring && !now.isBefore(measureAt)) {
            measuring = true;
            measureAt = now.plus(MEASURE_EVERY);
            ports.threads().execute(() -> measure(pod, limited));
        }
        return measureAt;
    }

    private void measure(Pod pod, List<Volume> limited) {
        try {
            for (Volume volume : limited) {
                Quantity limit = limit(volume);
                long used = ports.volumes().usedBytes(pod.getMetadata().getUid(), volume.getName());
                if (limit != null && used > limit.getNumericalAmount().longValue()) {
                    eviction.compareAndSet(
                            null,
                            new PodRecord.FailureVerdict(
                                    "Evicted",
                                    "Usage of EmptyDir volume \"" + volume.getName() + "\" exceeds the limit \"" + limit
                                            + "\". "));
                    wake.run();
                }
            }
        } catch (CommandFailure notYet) {
            // files that vanish while they are counted
            log.atDebug()
                    .setMessage("the size of a volume could not be measured")
                    .addKeyValue("pod", pod.getMetadata().getName())
                    .addKeyValue("why", notYet.getMessage())
                    .log();
        } finally {
            measuring = false;
        }
    }

    private static List<Volume> volumes(Pod pod) {
        List<Volume> volumes = pod.getSpec().getVolumes();
        return volumes == null ? List.of() : volumes;
    }

    private static @Nullable Quantity limit(Volume volume) {
        EmptyDirVolumeSource source = volume.getEmptyDir();
        Quantity limit = source == null ? null : source.getSizeLimit();
        return limit == null || limit.getNumericalAmount().signum() <= 0 ? null : limit;
    }

    private void tell(Pod pod, EventSink.Type type, PodRecord.FailureVerdict why) {
        ports.events().record(EventSink.of(pod, null), type, why.reason(), why.message());
    }
}
