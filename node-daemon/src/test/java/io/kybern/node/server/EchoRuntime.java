package io.kybern.node.server;

import io.kybern.node.runtime.AttachRequest;
import io.kybern.node.runtime.ContainerChange;
import io.kybern.node.runtime.ContainerDetails;
import io.kybern.node.runtime.ContainerDisk;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.runtime.ContainerSpec;
import io.kybern.node.runtime.ContainerSummary;
import io.kybern.node.runtime.EngineInfo;
import io.kybern.node.runtime.ExecRequest;
import io.kybern.node.runtime.ImageDetails;
import io.kybern.node.runtime.LogRequest;
import io.kybern.node.runtime.OutputSink;
import io.kybern.node.runtime.RegistryLogin;
import io.kybern.node.runtime.RemoteProcess;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An engine whose commands write back what they read. */
final class EchoRuntime implements ContainerRuntime {

    private static final byte[] END = new byte[0];

    private final List<String> sizes = new CopyOnWriteArrayList<>();
    private final BlockingQueue<byte[]> typed = new LinkedBlockingQueue<>();
    private volatile int exitCode;
    private volatile int printed;
    private volatile OutputSink.Channel printedOn = OutputSink.Channel.STDOUT;

    void exitWith(int code) {
        exitCode = code;
    }

    void print(OutputSink.Channel channel, int bytes) {
        printedOn = channel;
        printed = bytes;
    }

    void endInput() {
        typed.add(END);
    }

    List<String> sizes() {
        return sizes;
    }

    private final class Echo implements RemoteProcess {

        @Override
        public OutputStream stdin() {
            return new OutputStream() {
                @Override
                public void write(int b) {
                    typed.add(new byte[] {(byte) b});
                }

                @Override
                public void write(byte[] data, int offset, int length) {
                    byte[] copy = new byte[length];
                    System.arraycopy(data, offset, copy, 0, length);
                    typed.add(copy);
                }

                @Override
                public void close() {
                    typed.add(END);
                }
            };
        }

        @Override
        public void leave() {
            // its input ends with the client's
        }

        @Override
        public void pump(OutputSink sink) throws IOException {
            byte[] chunk = new byte[10_000];
            for (int sent = 0; sent < printed; sent += chunk.length) {
                sink.write(printedOn, chunk, 0, chunk.length);
            }
            try {
                for (byte[] data = typed.take(); data.length > 0; data = typed.take()) {
                    sink.write(OutputSink.Channel.STDOUT, data, 0, data.length);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void resize(int columns, int rows) {
            sizes.add(columns + "x" + rows);
        }

        @Override
        public OptionalInt exitCode() {
            return OptionalInt.of(exitCode);
        }

        @Override
        public void close() {
            typed.add(END);
        }
    }

    @Override
    public RemoteProcess exec(String id, ExecRequest request) {
        return new Echo();
    }

    @Override
    public RemoteProcess attach(String id, AttachRequest request) {
        return new Echo();
    }

    @Override
    public void logs(String id, LogRequest request, OutputSink sink) throws IOException {
        for (String line : List.of("line 1\n", "line 2\n")) {
            byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
            sink.write(OutputSink.Channel.STDOUT, bytes, 0, bytes.length);
        }
    }

    private static IllegalStateException notAsked() {
        return new IllegalStateException("the node API does not ask for this");
    }

    @Override
    public boolean fullPrivileges() {
        throw notAsked();
    }

    @Override
    public EngineInfo info() {
        throw notAsked();
    }

    @Override
    public List<ContainerSummary> list(Map<String, String> labels) {
        throw notAsked();
    }

    @Override
    public Optional<ContainerDetails> inspect(String id) {
        throw notAsked();
    }

    @Override
    public String create(ContainerSpec spec) {
        throw notAsked();
    }

    @Override
    public void start(String id) {
        throw notAsked();
    }

    @Override
    public void resize(String id, ContainerSpec.Resources resources) {
        throw notAsked();
    }

    @Override
    public void signal(String id, String signal) {
        throw notAsked();
    }

    @Override
    public void remove(String id) {
        throw notAsked();
    }

    @Override
    public List<ContainerDisk> disks(Map<String, String> labels) {
        throw notAsked();
    }

    @Override
    public Set<String> imagesInUse() {
        throw notAsked();
    }

    @Override
    public Optional<ImageDetails> image(String reference) {
        throw notAsked();
    }

    @Override
    public List<ImageDetails> images() {
        throw notAsked();
    }

    @Override
    public void pull(String reference, @Nullable RegistryLogin login, Duration atMost) {
        throw notAsked();
    }

    @Override
    public List<String> imageLayers(String reference) {
        throw notAsked();
    }

    @Override
    public void removeImage(String id) {
        throw notAsked();
    }

    @Override
    public Optional<byte[]> readFile(String id, String path, int limit) {
        throw notAsked();
    }

    @Override
    public Optional<Path> logFile(String id) {
        return Optional.empty();
    }

    @Override
    public AutoCloseable watch(Consumer<ContainerChange> onChange) {
        throw notAsked();
    }
}
