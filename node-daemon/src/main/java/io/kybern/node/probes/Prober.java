package io.kybern.node.probes;

import io.fabric8.kubernetes.api.model.ExecAction;
import io.fabric8.kubernetes.api.model.HTTPGetAction;
import io.fabric8.kubernetes.api.model.LifecycleHandler;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.TCPSocketAction;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.runtime.ExecRequest;
import io.kybern.node.runtime.RemoteProcess;
import io.kybern.node.runtime.RuntimeFailure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks a container once, for probes and for lifecycle hooks: by a command, an HTTP request, a gRPC call or a connection. */
public final class Prober {

    /** As much of a command's output as a message carries. */
    private static final int MAX_OUTPUT_BYTES = 10 * 1024;

    private final ContainerRuntime runtime;
    private final Executor threads;
    private final HttpCheck http = new HttpCheck();
    private final GrpcCheck grpc = new GrpcCheck();

    /** Commands run in the given runtime; {@code threads} lends a thread for reading each one's output. */
    public Prober(ContainerRuntime runtime, Executor threads) {
        this.runtime = runtime;
        this.threads = threads;
    }

    /** Runs one probe to its end or its time limit. */
    public ProbeOutcome probe(Probe probe, ProbeTarget target) throws InterruptedException {
        Integer seconds = probe.getTimeoutSeconds();
        Duration timeout = Duration.ofSeconds(seconds == null || seconds < 1 ? 1 : seconds);
        if (probe.getExec() != null) {
            return exec(probe.getExec(), target, timeout);
        }
        if (probe.getHttpGet() != null) {
            return http(probe.getHttpGet(), target, timeout);
        }
        if (probe.getTcpSocket() != null) {
            return tcp(probe.getTcpSocket(), target, timeout);
        }
        if (probe.getGrpc() != null) {
            return grpc.check(probe.getGrpc(), target.podIp(), timeout);
        }
        return ProbeOutcome.unknown(
                "missing probe handler for " + target.container().getName());
    }

    /** Runs a lifecycle hook; it has all the time that is given. */
    public ProbeOutcome hook(LifecycleHandler hook, ProbeTarget target, Duration atMost) throws InterruptedException {
        if (hook.getExec() != null) {
            return exec(hook.getExec(), target, atMost);
        }
        if (hook.getHttpGet() != null) {
            return http(hook.getHttpGet(), target, atMost);
        }
        if (hook.getTcpSocket() != null) {
            return tcp(hook.getTcpSocket(), target, atMost);
        }
        if (hook.getSleep() != null) {
            return sleep(Math.min(hook.getSleep().getSeconds(), atMost.toSeconds()));
        }
        return ProbeOutcome.failure("invalid handler: " + hook);
    }

    private static ProbeOutcome sleep(long seconds) throws InterruptedException {
        CompletableFuture<ProbeOutcome> awake = new CompletableFuture<ProbeOutcome>()
                .completeOnTimeout(ProbeOutcome.success(""), seconds, TimeUnit.SECONDS);
        try {
            return awake.get();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private ProbeOutcome http(HTTPGetAction action, ProbeTarget target, Duration timeout) {
        return http.get(action, target, timeout);
    }

    private static ProbeOutcome tcp(TCPSocketAction action, ProbeTarget target, Duration timeout) {
        String host = action.getHost() == null || action.getHost().isEmpty() ? target.podIp() : action.getHost();
        int port = target.port(action.getPort());
        if (port <= 0) {
            return ProbeOutcome.unknown("couldn't find port: " + action.getPort());
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), (int) timeout.toMillis());
            return ProbeOutcome.success("");
        } catch (IOException refused) {
            return ProbeOutcome.failure(Dialing.words(host, port, refused));
        }
    }

    private ProbeOutcome exec(ExecAction action, ProbeTarget target, Duration timeout) throws InterruptedException {
        try (RemoteProcess process = runtime.exec(target.containerId(), ExecRequest.of(action.getCommand()))) {
            ByteArrayOutputStream output = new ByteArrayOutputStream();
            CompletableFuture<OptionalInt> end = new CompletableFuture<>();
            threads.execute(() -> {
                try {
                    process.pump((channel, data, offset, length) -> {
                        int room = Math.min(length, MAX_OUTPUT_BYTES - output.size());
                        if (room > 0) {
                            output.write(data, offset, room);
                        }
                    });
                    end.complete(process.exitCode());
                } catch (IOException | RuntimeFailure broken) {
                    end.completeExceptionally(broken);
                }
            });
            OptionalInt code = end.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            String text = output.toString(StandardCharsets.UTF_8);
            return code.orElse(-1) == 0 ? ProbeOutcome.success(text) : ProbeOutcome.failure(text);
        } catch (TimeoutException late) {
            return ProbeOutcome.failure("command timed out: \"" + String.join(" ", action.getCommand())
                    + "\" timed out after " + timeout.toSeconds() + "s");
        } catch (ExecutionException broken) {
            return ProbeOutcome.unknown(String.valueOf(broken.getMessage()));
        } catch (RuntimeFailure refused) {
            // a command that does not exist is the container's failure, not the engine's
            return refused.kind() == RuntimeFailure.Kind.UNREACHABLE
                    ? ProbeOutcome.unknown(String.valueOf(refused.getMessage()))
                    : ProbeOutcome.failure(String.valueOf(refused.getMessage()));
        }
    }
}
