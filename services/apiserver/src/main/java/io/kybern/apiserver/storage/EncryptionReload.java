package io.kybern.apiserver.storage;

import io.kybern.api.GroupResource;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The encryption that the files of the installation ask for. A configuration that changes counts from the next look at it on; one
 * that cannot be used is reported, and the former one stays.
 */
final class EncryptionReload {

    private static final Logger LOG = LoggerFactory.getLogger(EncryptionReload.class);

    /** What the key file of the installation is for. */
    private static final GroupResource SECRETS = new GroupResource("", "secrets");

    private final @Nullable Path configuration;
    private final @Nullable EncryptionKeys installed;
    private final EncryptingTransformer transformer;
    private final Counter successes;
    private final Counter failures;

    // belongs to the thread that looks
    private byte[] seen;

    private EncryptionReload(@Nullable Path configuration, @Nullable Path keyFile, MeterRegistry meters) {
        this.configuration = present(configuration);
        Path keys = present(keyFile);
        this.installed = keys == null ? null : EncryptionKeys.read(keys);
        this.successes = counter(meters, "success");
        this.failures = counter(meters, "failure");
        this.seen = content();
        this.transformer = new EncryptingTransformer(rules(seen));
    }

    /**
     * Reads the files.
     *
     * @throws IllegalArgumentException if they cannot be used
     */
    static EncryptionReload of(StorageProperties properties, MeterRegistry meters) {
        return new EncryptionReload(properties.encryptionConfig(), properties.encryptionKeyFile(), meters);
    }

    EncryptingTransformer transformer() {
        return transformer;
    }

    /** Looks at the configuration again and again; does nothing without one. */
    void start(ScheduledExecutorService scheduler, Duration every) {
        if (configuration != null) {
            scheduler.scheduleWithFixedDelay(this::look, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    /** Uses the configuration if it is another one than before. */
    void look() {
        try {
            byte[] now = content();
            if (!Arrays.equals(now, seen)) {
                seen = now;
                transformer.use(rules(now));
                successes.increment();
                LOG.atInfo().addKeyValue("file", configuration).log("the encryption configuration was loaded anew");
            }
        } catch (RuntimeException e) {
            // of whatever kind: a periodic task that fails once is never run again
            failures.increment();
            LOG.atError()
                    .addKeyValue("file", configuration)
                    .addKeyValue("cause", e instanceof IllegalArgumentException ? e.getMessage() : e.toString())
                    .log("the encryption configuration cannot be used; the former one stays");
        }
    }

    private byte[] content() {
        if (configuration == null) {
            return new byte[0];
        }
        try {
            return Files.readAllBytes(configuration);
        } catch (IOException e) {
            throw new UncheckedIOException("the encryption configuration " + configuration + " cannot be read", e);
        }
    }

    private EncryptionRules rules(byte[] content) {
        EncryptionRules rules = EncryptionRules.NONE;
        if (configuration != null) {
            try {
                rules = EncryptionFile.read(content);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(configuration + ": " + e.getMessage(), e);
            }
        }
        return installed == null ? rules : rules.alsoReading(SECRETS, installed);
    }

    private static @Nullable Path present(@Nullable Path path) {
        return path == null || path.toString().isEmpty() ? null : path;
    }

    private static Counter counter(MeterRegistry meters, String status) {
        return Counter.builder("apiserver.encryption.config.controller.automatic.reloads")
                .description("How often the encryption configuration was loaded anew")
                .tag("status", status)
                .register(meters);
    }
}
