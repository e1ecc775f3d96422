package io.kybern.apiserver.storage;

import io.lettuce.core.RedisBusyException;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisLoadingException;
import io.lettuce.core.RedisReadOnlyException;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to Redis, again if the first attempt found nobody or lost its answer, until the time for it is up.
 *
 * <p>Lettuce is set up to reject commands while it is disconnected and never to send one twice by itself (see {@link
 * StorageConfiguration}). So an attempt either surely did not happen, or it is in doubt; a request is told of the doubt and must
 * then find out before it does anything.
 */
final class Requests {

    private static final long FIRST_DELAY_MILLIS = 10;
    private static final long LONGEST_DELAY_MILLIS = 400;

    private final SharedConnection connection;
    private final ScheduledExecutorService scheduler;
    private final Clock clock;

    Requests(SharedConnection connection, ScheduledExecutorService scheduler, Clock clock) {
        this.connection = connection;
        this.scheduler = scheduler;
        this.clock = clock;
    }

    /**
     * One try.
     *
     * @param inDoubt whether an earlier try may have happened
     */
    record Attempt(RedisClusterAsyncCommands<byte[], byte[]> redis, boolean inDoubt) {}

    /**
     * Runs a request.
     *
     * @param what for messages
     * @param budget after which no further attempt is made
     * @param request may be called several times, one after the other
     * @return fails with {@link StorageException.Unreachable} if no attempt can have happened, else with {@link
     *     StorageException.Timeout}
     */
    <T> CompletableFuture<T> run(String what, Duration budget, Function<Attempt, CompletionStage<T>> request) {
        Call<T> call = new Call<>(what, clock.instant().plus(budget), request);
        call.attempt();
        return call.result;
    }

    /** What a failed attempt means. */
    private enum Meaning {
        NOT_SENT,
        NOT_NOW,
        REFUSED,
        SILENT,
        LOST
    }

    private static Meaning meaning(Throwable failure) {
        return switch (failure) {
            case RedisLoadingException e -> Meaning.NOT_NOW;
            case RedisBusyException e -> Meaning.NOT_NOW;
            case RedisReadOnlyException e -> Meaning.NOT_NOW;
            case RedisCommandExecutionException e -> passing(e) ? Meaning.NOT_NOW : Meaning.REFUSED;
            case RedisCommandTimeoutException e -> Meaning.SILENT;
            default -> notConnected(failure) ? Meaning.NOT_SENT : Meaning.LOST;
        };
    }

    private static boolean passing(RedisCommandExecutionException e) {
        String message = String.valueOf(e.getMessage());
        return message.startsWith("MASTERDOWN") || message.startsWith("CLUSTERDOWN") || message.startsWith("TRYAGAIN");
    }

    private static boolean notConnected(Throwable failure) {
        return failure instanceof RedisException
                && String.valueOf(failure.getMessage()).startsWith("Currently not connected");
    }

    private final class Call<T> {
        private final String what;
        private final Instant deadline;
        private final Function<Attempt, CompletionStage<T>> request;
        private final CompletableFuture<T> result = new CompletableFuture<>();
        private boolean inDoubt;
        private int failures;

        Call(String what, Instant deadline, Function<Attempt, CompletionStage<T>> request) {
            this.what = what;
            this.deadline = deadline;
            this.request = request;
        }

        void attempt() {
            RedisClusterAsyncCommands<byte[], byte[]> redis =
                    connection.commands().orElse(null);
            if (redis == null) {
                again(null);
                return;
            }
            CompletionStage<T> answer;
            try {
                answer = request.apply(new Attempt(redis, inDoubt));
            } catch (RedisException e) {
                failed(redis, e);
                return;
            }
            answer.whenComplete((value, failure) -> {
                if (failure == null) {
                    result.complete(value);
                } else {
                    failed(redis, failure);
                }
            });
        }

        private void failed(RedisClusterAsyncCommands<byte[], byte[]> redis, Throwable thrown) {
            Throwable failure =
                    thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
            if (failure instanceof StorageException) {
                result.completeExceptionally(failure);
                return;
            }
            switch (meaning(failure)) {
                case NOT_SENT, NOT_NOW -> again(failure);
                case REFUSED -> result.completeExceptionally(StorageException.unreachable(what, failure));
                case SILENT -> {
                    inDoubt = true;
                    connection.replace(redis);
                    again(failure);
                }
                case LOST -> {
                    inDoubt = true;
                    again(failure);
                }
            }
        }

        private void again(@Nullable Throwable failure) {
            long ceiling = Math.min(LONGEST_DELAY_MILLIS, FIRST_DELAY_MILLIS << Math.min(failures, 10));
            long delay = ThreadLocalRandom.current().nextLong(ceiling / 2, ceiling + 1);
            failures++;
            if (clock.instant().plusMillis(delay).isAfter(deadline)) {
                giveUp(failure);
                return;
            }
            try {
                scheduler.schedule(this::attempt, delay, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                giveUp(failure);
            }
        }

        private void giveUp(@Nullable Throwable failure) {
            result.completeExceptionally(
                    inDoubt ? StorageException.timeout(what, failure) : StorageException.unreachable(what, failure));
        }
    }
}
