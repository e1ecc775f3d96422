package io.kybern.apiserver.storage;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.resource.Delay;
import io.micrometer.core.instrument.MeterRegistry;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.data.redis.autoconfigure.ClientResourcesBuilderCustomizer;
import org.springframework.boot.data.redis.autoconfigure.LettuceClientOptionsBuilderCustomizer;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.PropertySource;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/** Wires the store on Boot's Redis connection. Needs a {@link Clock} and a {@link MeterRegistry}. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(StorageProperties.class)
@PropertySource("classpath:io/kybern/apiserver/storage/storage.properties")
public class StorageConfiguration {

    private static final Duration LONGEST_RECONNECT_DELAY = Duration.ofMillis(500);

    /**
     * No command may wait for a connection or be sent a second time behind our back: a commit that is sent twice must say so.
     */
    @Bean
    LettuceClientOptionsBuilderCustomizer storeClientOptions() {
        return options -> options.autoReconnect(true)
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .timeoutOptions(TimeoutOptions.enabled())
                .socketOptions(SocketOptions.builder()
                        .keepAlive(true)
                        .tcpNoDelay(true)
                        .connectTimeout(Duration.ofSeconds(2))
                        .build());
    }

    /** A store that is back must be found at once: Lettuce would wait up to half a minute. */
    @Bean
    ClientResourcesBuilderCustomizer storeClientResources() {
        return resources -> resources.reconnectDelay(
                Delay.fullJitter(Duration.ofMillis(20), LONGEST_RECONNECT_DELAY, 20, TimeUnit.MILLISECONDS));
    }

    @Bean(initMethod = "start")
    SharedConnection storeConnection(LettuceConnectionFactory factory) {
        return new SharedConnection(factory);
    }

    @Bean(destroyMethod = "shutdownNow")
    ScheduledExecutorService storeScheduler() {
        return Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("store-retry").factory());
    }

    @Bean
    Requests storeRequests(SharedConnection connection, ScheduledExecutorService storeScheduler, Clock clock) {
        return new Requests(connection, storeScheduler, clock);
    }

    @Bean
    Backend storeBackend(Requests requests, StorageProperties properties, MeterRegistry meters) {
        return new MeteredBackend(
                new RedisBackend(requests, properties.writeBudget(), properties.readBudget()), meters);
    }

    @Bean
    ValueTransformer valueTransformer(
            StorageProperties properties, MeterRegistry meters, ScheduledExecutorService storeScheduler) {
        EncryptionReload encryption = EncryptionReload.of(properties, meters);
        encryption.start(storeScheduler, properties.encryptionReload());
        return encryption.transformer();
    }

    @Bean
    ObjectStore objectStore(Backend backend, ValueTransformer transformer) {
        return new TransformingObjectStore(backend, transformer, tags());
    }

    @Bean
    UnreadableObjects unreadableObjects() {
        return new UnreadableObjects();
    }

    @Bean
    EventLog eventLog(
            LettuceConnectionFactory factory,
            Requests requests,
            Backend backend,
            ValueTransformer transformer,
            UnreadableObjects unreadable,
            StorageProperties properties) {
        return new RedisEventLog(factory, requests, backend, transformer, unreadable, properties.readBudget());
    }

    @Bean
    RelayLedger relayLedger(Requests requests, StorageProperties properties) {
        return new RedisRelayLedger(requests, properties.readBudget());
    }

    @Bean
    LogTrimmer logTrimmer(
            EventLog log,
            RelayLedger ledger,
            StorageProperties properties,
            Clock clock,
            ScheduledExecutorService storeScheduler) {
        LogTrimmer trimmer = new LogTrimmer(log, ledger::position, properties, clock);
        trimmer.start(storeScheduler);
        return trimmer;
    }

    @Bean
    HealthIndicator storeHealthIndicator(ObjectStore store) {
        return new StoreHealth(store);
    }

    /** Tags that no other process and no other write has. */
    private static Supplier<String> tags() {
        byte[] process = new byte[8];
        new SecureRandom().nextBytes(process);
        String prefix = HexFormat.of().formatHex(process) + "-";
        AtomicLong count = new AtomicLong();
        return () -> prefix + Long.toString(count.incrementAndGet(), Character.MAX_RADIX);
    }
}
