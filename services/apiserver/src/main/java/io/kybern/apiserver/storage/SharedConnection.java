package io.kybern.apiserver.storage;

import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.data.redis.RedisConnectionFailureException;
import org.springframework.data.redis.connection.lettuce.LettuceConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * The one connection on which all requests are pipelined. It is made in the background, so that a process can start before Redis;
 * a broken one is mended by Lettuce, one that has fallen silent is replaced.
 */
final class SharedConnection implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SharedConnection.class);

    private static final Duration RETRY = Duration.ofMillis(300);

    private final LettuceConnectionFactory factory;
    private final ScheduledExecutorService connector;
    private final AtomicBoolean connecting = new AtomicBoolean();
    private volatile @Nullable RedisClusterAsyncCommands<byte[], byte[]> commands;

    SharedConnection(LettuceConnectionFactory factory) {
        this.factory = factory;
        this.connector = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("store-connect").factory());
    }

    /** Begins to connect. */
    void start() {
        if (connecting.compareAndSet(false, true)) {
            connector.execute(() -> connect(false));
        }
    }

    /** The connection's commands; empty while there has been no connection yet. */
    Optional<RedisClusterAsyncCommands<byte[], byte[]>> commands() {
        return Optional.ofNullable(commands);
    }

    /** Replaces the connection if it is still the one that has fallen silent. */
    void replace(RedisClusterAsyncCommands<byte[], byte[]> silent) {
        if (commands == silent && connecting.compareAndSet(false, true)) {
            LOG.atWarn().log("the connection to the store has fallen silent and is replaced");
            commands = null;
            connector.execute(() -> connect(true));
        }
    }

    private void connect(boolean anew) {
        try {
            if (anew) {
                factory.resetConnection();
            }
            commands = ((LettuceConnection) factory.getConnection()).getNativeConnection();
            connecting.set(false);
            LOG.atInfo().log("connected to the store");
        } catch (RedisConnectionFailureException | IllegalStateException e) {
            LOG.atWarn()
                    .addKeyValue("retryMillis", RETRY.toMillis())
                    .addKeyValue("cause", e.getMessage())
                    .log("the store cannot be reached yet");
            connector.schedule(() -> connect(false), RETRY.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void close() {
        connector.shutdownNow();
        commands = null;
    }
}
