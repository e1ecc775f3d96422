package io.kybern.apiserver.audit;

import io.kybern.apiserver.authn.WebhookFile;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends entries to a webhook in batches, off the threads of requests; see "Webhook backend" in the Kubernetes documentation of
 * auditing. A batch that the webhook does not take is sent again, a few times, after longer and longer pauses; meanwhile entries wait in a
 * bounded queue, and what comes on top is lost and counted.
 */
final class AuditWebhook implements AuditSink {

    private static final Logger log = LoggerFactory.getLogger(AuditWebhook.class);
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final Duration LAST_MOMENT = Duration.ofSeconds(5);
    private static final Duration END = Duration.ofSeconds(1);
    /** How often a sender that waits for entries looks whether it is to stop. */
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final int ATTEMPTS = 5;
    private static final double SLOWER = 1.5;
    private static final int FAILURES_FROM = 300;
    private static final byte[] HEAD =
            "{\"kind\":\"EventList\",\"apiVersion\":\"audit.k8s.io/v1\",\"metadata\":{},\"items\":["
                    .getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TAIL = "]}".getBytes(StandardCharsets.US_ASCII);

    private final WebhookFile webhook;
    private final AuditProperties.Webhook settings;
    private final BlockingQueue<byte[]> queue;
    private final Counter sent;
    private final Counter lost;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread sender;

    AuditWebhook(WebhookFile webhook, AuditProperties.Webhook settings, MeterRegistry meters) {
        this.webhook = webhook;
        this.settings = settings;
        this.queue = new ArrayBlockingQueue<>(settings.queueLength());
        this.sent = Counter.builder("apiserver.audit.webhook.event")
                .description("Entries that the audit webhook took")
                .register(meters);
        this.lost = Counter.builder("apiserver.audit.error")
                .description("Entries that could not be written")
                .tag("plugin", "webhook")
                .register(meters);
        this.sender = Thread.ofVirtual().name("audit-webhook").start(this::run);
    }

    @Override
    public void write(byte[] entry) {
        if (!queue.offer(entry)) {
            lost.increment();
        }
    }

    private void run() {
        List<byte[]> batch = new ArrayList<>();
        try {
            while (stop.getCount() > 0) {
                gather(batch);
                if (!batch.isEmpty()) {
                    deliver(batch);
                }
                batch.clear();
            }
            // the rest, for as long as the server waits for it
            while (queue.drainTo(batch, settings.batch()) > 0) {
                if (!send(batch)) {
                    lost.increment(batch.size());
                }
                batch.clear();
            }
        } catch (InterruptedException e) {
            // the last moment is over
            queue.drainTo(batch);
            lost.increment(batch.size());
            log.atWarn().addKeyValue("entries", batch.size()).log("Entries for the audit webhook are lost");
        }
    }

    /** Gathers the next batch: full, or as old as it may become; empty if there is nothing yet. */
    private void gather(List<byte[]> batch) throws InterruptedException {
        byte[] first = queue.poll(LOOK_NANOS, TimeUnit.NANOSECONDS);
        if (first == null) {
            return;
        }
        batch.add(first);
        long end = System.nanoTime() + settings.maxWait().toNanos();
        long left = settings.maxWait().toNanos();
        while (left > 0 && batch.size() < settings.batch() && stop.getCount() > 0) {
            byte[] next = queue.poll(Math.min(left, LOOK_NANOS), TimeUnit.NANOSECONDS);
            if (next != null) {
                batch.add(next);
            }
            left = end - System.nanoTime();
        }
        queue.drainTo(batch, settings.batch() - batch.size());
    }

    private void deliver(List<byte[]> batch) throws InterruptedException {
        long pause = settings.backoff().toNanos();
        for (int attempt = 1; !send(batch); attempt++) {
            if (attempt == ATTEMPTS || stop.await(pause, TimeUnit.NANOSECONDS)) {
                lost.increment(batch.size());
                return;
            }
            pause = (long) (pause * SLOWER);
        }
    }

    private boolean send(List<byte[]> batch) throws InterruptedException {
        try {
            HttpResponse<Void> answer =
                    webhook.client().send(webhook.post(list(batch), TIMEOUT), HttpResponse.BodyHandlers.discarding());
            if (answer.statusCode() < FAILURES_FROM) {
                sent.increment(batch.size());
                return true;
            }
            throw new IOException("the webhook answered " + answer.statusCode());
        } catch (IOException | RuntimeException e) {
            // of whatever kind: the sender has to outlive it
            log.atWarn()
                    .addKeyValue("webhook", webhook.address())
                    .addKeyValue("entries", batch.size())
                    .setCause(e)
                    .log("The audit webhook takes no entries");
            return false;
        }
    }

    private static byte[] list(List<byte[]> batch) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(HEAD);
        for (int i = 0; i < batch.size(); i++) {
            if (i > 0) {
                out.write(',');
            }
            out.writeBytes(batch.get(i));
        }
        out.writeBytes(TAIL);
        return out.toByteArray();
    }

    @Override
    public void close() {
        stop.countDown();
        try {
            if (!sender.join(LAST_MOMENT)) {
                sender.interrupt();
                sender.join(END);
            }
        } catch (InterruptedException e) {
            sender.interrupt();
            Thread.currentThread().interrupt();
        }
        webhook.client().shutdownNow();
    }
}
