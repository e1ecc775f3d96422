package io.kybern.apiserver.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AuditLogTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);

    @TempDir
    private Path directory;

    private AuditLog log(Path file, int backups) {
        return new AuditLog(new AuditProperties(null, file, 1, backups, 10_000), CLOCK, new SimpleMeterRegistry());
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
}
