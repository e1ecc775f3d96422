package io.kybern.apiserver.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AuditLogTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);

    private static final AuditProperties.Webhook WEBHOOK =
            new AuditProperties.Webhook(null, 1, Duration.ZERO, 1, Duration.ZERO);

    @TempDir
    private Path directory;

    private AuditLog log(Path file, int backups) {
        return new AuditLog(
                new AuditProperties(null, file, 1, backups, 10_000, WEBHOOK), CLOCK, new SimpleMeterRegistry());
    }

    @Test
    void everyEntryIsALineAlsoAfterTheEnd() throws IOException {
        Path file = directory.resolve("logs/audit.log");
        for (int run = 0; run < 2; run++) {
            try (AuditLog log = log(file, 3)) {
                log.write("{\"a\":1}".getBytes(StandardCharsets.UTF_8));
                log.write("{\"a\":2}".getBytes(StandardCharsets.UTF_8));
            }
        }

        assertThat(Files.readAllLines(file)).containsExactly("{\"a\":1}", "{\"a\":2}", "{\"a\":1}", "{\"a\":2}");
    }

    @Test
    void aLongFileIsPutAside() throws IOException {
        Path file = directory.resolve("audit.log");
        byte[] entry = "x".repeat(400_000).getBytes(StandardCharsets.UTF_8);
        try (AuditLog log = log(file, 5)) {
            for (int i = 0; i < 3; i++) {
                log.write(entry);
            }
        }

        List<String> names = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            files.forEach(each -> names.add(each.getFileName().toString()));
        }
        assertThat(names).containsExactlyInAnyOrder("audit.log", "audit-2026-01-01T00-00-00.000.log");
        assertThat(Files.readAllLines(file)).hasSize(1);
    }

    @Test
    void aFaultDoesNotEndTheLog() throws IOException {
        Path file = directory.resolve("audit.log");
        AtomicInteger asked = new AtomicInteger();
        InstantSource broken = () -> {
            if (asked.getAndIncrement() == 0) {
                throw new IllegalStateException("no time");
            }
            return CLOCK.instant();
        };
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        byte[] entry = "x".repeat(600_000).getBytes(StandardCharsets.UTF_8);
        AuditProperties properties = new AuditProperties(null, file, 1, 5, 10_000, WEBHOOK);
        try (AuditLog log = new AuditLog(properties, broken.withZone(ZoneOffset.UTC), meters)) {
            log.write(entry);
            log.write(entry);
            await().atMost(Duration.ofSeconds(50))
                    .until(() -> meters.get("apiserver.audit.error").counter().count() > 0);
            log.write("{}".getBytes(StandardCharsets.UTF_8));
        }

        assertThat(Files.readAllLines(file)).last().isEqualTo("{}");
    }

    @Test
    void onlyFilesThatItPutAsideAreDeleted() throws IOException {
        Path file = directory.resolve("audit.log");
        Path old = Files.createFile(directory.resolve("audit-2025-01-01T00-00-00.000.log"));
        Path foreign = Files.createFile(directory.resolve("audit-2025.log"));
        Path packed = Files.createFile(directory.resolve("audit-2025-01-01T00-00-00.000.log.gz"));
        byte[] entry = "x".repeat(600_000).getBytes(StandardCharsets.UTF_8);
        try (AuditLog log = log(file, 1)) {
            log.write(entry);
            log.write(entry);
        }

        assertThat(old).doesNotExist();
        assertThat(foreign).exists();
        assertThat(packed).exists();
    }
}
