package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.kybern.node.objects.ObjectUnavailableException;
import io.kybern.node.objects.PodClient;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Brings one pod's newest status to the API server and does not give up: one write at a time, the newest wins, failures
 * are repeated with growing distance. A status that the API server refuses for what it says, such as that what had ended for good runs
 * again, is given up for the next one, as kubelets do. Safe to call from any thread.
 */
final class StatusPublisher {

    private static final Logger log = LoggerFactory.getLogger(StatusPublisher.class);
    private static final Duration FIRST_RETRY = Duration.ofMillis(250);
    private static final Duration LAST_RETRY = Duration.ofSeconds(10);

    private final PodClient client;
    private final ExecutorService threads;
    private final ScheduledExecutorService timer;
    private final Runnable onWritten;
    private Pod base;
    private @Nullable PodStatus wanted;
    private @Nullable PodStatus refused;
    private boolean writing;
    private boolean dirty;
    private boolean gone;
    private Duration retry = FIRST_RETRY;

    StatusPublisher(
            Pod pod, PodClient client, ExecutorService threads, ScheduledExecutorService timer, Runnable onWritten) {
        this.base = pod;
        this.client = client;
        this.threads = threads;
        this.timer = timer;
        this.onWritten = onWritten;
    }

    /**
     * The pod's object changed; a status that someone else overwrote is written again. If they say that the pod has ended, that stays:
     * what is written next is what follows from it.
     */
    synchronized void rebase(Pod pod) {
        if (revision(pod) >= revision(base)) {
            base = pod;
            if (wanted != null && (!Specs.terminalPhase(pod) || Specs.terminalPhase(wanted))) {
                dirty = true;
                begin();
            }
        }
    }

    /** The newest object that this node knows. */
    synchronized Pod base() {
        return base;
    }

    /** Wants this status to be the API server's. */
    synchronized void publish(PodStatus status) {
        if (!status.equals(wanted)) {
            wanted = status;
            dirty = true;
            begin();
        }
    }

    /** The pod's object is gone, or the node no longer answers for it: nothing is written any more, however often it failed before. */
    synchronized void end() {
        gone = true;
    }

    /** Whether the API server has the newest status, or does not want it, or has no such pod any more. */
    synchronized boolean settled() {
        return gone || (!dirty && !writing);
    }

    private void begin() {
        if (!writing && !gone) {
            writing = true;
            threads.execute(this::write);
        }
    }

    private void write() {
        Pod from;
        PodStatus to;
        synchronized (this) {
            from = base;
            to = gone ? null : wanted;
            dirty = false;
        }
        if (to == null) {
            finished();
            return;
        }
        try {
            Optional<Pod> written = client.writeStatus(from, to);
            synchronized (this) {
                retry = FIRST_RETRY;
                if (written.isEmpty()) {
                    gone = true;
                } else if (revision(written.get()) >= revision(base)) {
                    base = written.get();
                }
            }
            finished();
        } catch (ObjectUnavailableException | RuntimeException later) {
            if (later instanceof ObjectUnavailableException e && e.refused()) {
                tell(from, to, e);
                finished();
                return;
            }
            // whatever it was: a status that is never written again would leave the pod as it looks now for good
            long millis;
            synchronized (this) {
                dirty = true;
                millis = retry.toMillis();
                Duration twice = retry.multipliedBy(2);
                retry = twice.compareTo(LAST_RETRY) > 0 ? LAST_RETRY : twice;
            }
            log.atDebug()
                    .setMessage("the pod's status could not be written yet")
                    .addKeyValue("pod", from.getMetadata().getName())
                    .addKeyValue("why", later.getMessage())
                    .log();
            timer.schedule(() -> threads.execute(this::write), millis, TimeUnit.MILLISECONDS);
        }
    }

    /** Once for each status: it is tried again whenever the pod's object changes. */
    private void tell(Pod pod, PodStatus status, ObjectUnavailableException refusal) {
        boolean known;
        synchronized (this) {
            retry = FIRST_RETRY;
            known = status.equals(refused);
            refused = status;
        }
        log.atLevel(known ? Level.DEBUG : Level.WARN)
                .setMessage("the API server refuses the pod's status, which is given up for the next one")
                .addKeyValue(
                        "pod",
                        pod.getMetadata().getNamespace() + "/"
                                + pod.getMetadata().getName())
                .addKeyValue("why", refusal.getMessage())
                .log();
    }

    private void finished() {
        boolean again;
        synchronized (this) {
            again = dirty && !gone;
            writing = again;
        }
        if (again) {
            threads.execute(this::write);
        } else {
            onWritten.run();
        }
    }

    private static long revision(Pod pod) {
        String text = pod.getMetadata().getResourceVersion();
        try {
            return text == null ? 0 : Long.parseLong(text);
        } catch (NumberFormatException opaque) {
            return 0;
        }
    }
}
