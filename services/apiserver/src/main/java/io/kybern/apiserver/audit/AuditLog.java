package io.kybern.apiserver.audit;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes entries to a file, off the threads of requests, and begins a new file when one is long. */
final class AuditLog implements AuditSink {

    private static final Logger log = LoggerFactory.getLogger(AuditLog.class);
    private static final int BATCH = 500;
    private static final int MEGABYTE = 1 << 20;
    private static final DateTimeFormatter SUFFIX =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH-mm-ss.SSS").withZone(ZoneOffset.UTC);
    /** What {@link #SUFFIX} writes. */
    private static final String TIMESTAMP = "\\d{4}-\\d{2}-\\d{2}T\\d{2}-\\d{2}-\\d{2}\\.\\d{3}";

    private final Path file;
    private final long maxBytes;
    private final int maxBackups;
    private final Clock clock;
    private final BlockingQueue<byte[]> queue;
    private final Counter written;
    private final Counter lost;
    private final ExecutorService writer =
            Executors.newSingleThreadExecutor(Thread.ofVirtual().name("audit").factory());

    // the writer's own
    private @Nullable OutputStream out;
    private long bytes;

    AuditLog(AuditProperties properties, Clock clock, MeterRegistry meters) {
        this.file = properties.logPath();
        this.maxBytes = (long) properties.maxSizeMegabytes() * MEGABYTE;
        this.maxBackups = properties.maxBackups();
        this.clock = clock;
        this.queue = new ArrayBlockingQueue<>(properties.queueLength());
        this.written = Counter.builder("apiserver.audit.event")
                .description("Entries of the audit log")
                .register(meters);
        this.lost = Counter.builder("apiserver.audit.error")
                .description("Entries that could not be written")
                .tag("plugin", "log")
                .register(meters);
        writer.execute(this::run);
    }

    @Override
    public void write(byte[] entry) {
        if (!queue.offer(entry)) {
            lost.increment();
        }
    }

    private void run() {
        List<byte[]> batch = new ArrayList<>(BATCH);
        boolean interrupted = false;
        while (!interrupted || !queue.isEmpty()) {
            try {
                byte[] first = interrupted ? queue.poll() : queue.poll(1, TimeUnit.DAYS);
                if (first != null) {
                    batch.add(first);
                    queue.drainTo(batch, BATCH - 1);
                    append(batch);
                }
            } catch (InterruptedException e) {
                // the server stops: what is there is still written
                interrupted = true;
            } catch (IOException | RuntimeException e) {
                lost.increment(batch.size());
                log.atError().addKeyValue("file", file).setCause(e).log("The audit log cannot be written");
                // closed rather than forgotten: while the disk is full each batch would leave a descriptor open
                finish();
            }
            batch.clear();
        }
        finish();
    }

    private void append(List<byte[]> entries) throws IOException {
        for (byte[] entry : entries) {
            if (out != null && bytes + entry.length >= maxBytes) {
                rotate();
            }
            OutputStream open = out == null ? open() : out;
            open.write(entry);
            open.write('\n');
            bytes += entry.length + 1;
        }
        if (out != null) {
            out.flush();
        }
        written.increment(entries.size());
    }

    private OutputStream open() throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            Files.createDirectories(directory);
        }
        bytes = Files.exists(file) ? Files.size(file) : 0;
        OutputStream opened = new java.io.BufferedOutputStream(
                Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
        out = opened;
        return opened;
    }

    private void rotate() throws IOException {
        finish();
        String name = String.valueOf(file.getFileName());
        int dot = name.lastIndexOf('.');
        String stem = dot > 0 ? name.substring(0, dot) : name;
        String ending = dot > 0 ? name.substring(dot) : "";
        Files.move(
                file,
                file.resolveSibling(stem + "-" + SUFFIX.format(clock.instant()) + ending),
                StandardCopyOption.REPLACE_EXISTING);
        Path directory = file.toAbsolutePath().getParent();
        if (directory == null) {
            return;
        }
        // by the whole name: a file of somebody else that begins alike is not ours to delete
        Pattern ours = Pattern.compile(Pattern.quote(stem + "-") + TIMESTAMP + Pattern.quote(ending));
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> aside = files.filter(each ->
                            ours.matcher(String.valueOf(each.getFileName())).matches())
                    .sorted()
                    .toList();
            for (Path old : aside.subList(0, Math.max(0, aside.size() - maxBackups))) {
                Files.deleteIfExists(old);
            }
        }
    }

    private void finish() {
        try {
            if (out != null) {
                out.close();
            }
        } catch (IOException e) {
            log.atError().addKeyValue("file", file).setCause(e).log("The audit log cannot be closed");
        }
        out = null;
    }

    @Override
    public void close() {
        writer.shutdownNow();
        try {
            if (!writer.awaitTermination(10, TimeUnit.SECONDS)) {
                log.atWarn().addKeyValue("entries", queue.size()).log("Entries of the audit log are lost");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
