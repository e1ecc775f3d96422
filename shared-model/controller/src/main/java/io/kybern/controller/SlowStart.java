package io.kybern.controller;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Runs the same call many times in batches that double as long as they succeed: 1, 2, 4, … What cannot work, such as creating pods
 * over a quota, is then found out by one call and not by hundreds.
 */
public final class SlowStart {

    private final ExecutorService executor;

    /** @param executor runs the calls side by side */
    public SlowStart(ExecutorService executor) {
        this.executor = executor;
    }

    /**
     * How it went.
     *
     * @param successes how many calls succeeded
     * @param failure the first failure, null if there was none
     */
    public record Result(int successes, @Nullable RuntimeException failure) {}

    /** Runs the call up to so many times; after a batch with a failure no other begins. */
    public Result run(int count, Runnable call) throws InterruptedException {
        return run(Collections.nCopies(count, call));
    }

    /** Runs the calls in their order; after a batch with a failure no other begins. */
    public Result run(List<Runnable> calls) throws InterruptedException {
        int successes = 0;
        for (int batch = 1, next = 0; next < calls.size(); batch *= 2) {
            int end = Math.min(next + batch, calls.size());
            Result result = together(calls.subList(next, end));
            successes += result.successes();
            next = end;
            if (result.failure() != null) {
                return new Result(successes, result.failure());
            }
        }
        return new Result(successes, null);
    }

    /** Runs all calls at once and waits for them. */
    public Result together(List<Runnable> calls) throws InterruptedException {
        List<Callable<Object>> tasks = new ArrayList<>();
        calls.forEach(call -> tasks.add(() -> {
            call.run();
            return call;
        }));
        int successes = 0;
        RuntimeException failure = null;
        for (Future<Object> done : executor.invokeAll(tasks)) {
            try {
                done.get();
                successes++;
            } catch (ExecutionException e) {
                RuntimeException cause = e.getCause() instanceof RuntimeException runtime
                        ? runtime
                        : new IllegalStateException("a call failed", e.getCause());
                if (failure == null) {
                    failure = cause;
                } else {
                    failure.addSuppressed(cause);
                }
            }
        }
        return new Result(successes, failure);
    }
}
