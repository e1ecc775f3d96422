package io.kybern.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.DockerImageName;

/**
 * A Redis of the test's own, with the settings that the cluster uses: every answered write is on disk. It can be killed and comes
 * back with its data under the same address. Runs the machine's {@code redis-server}, or else the project's image.
 */
public final class RealRedis implements AutoCloseable {

    private static final String IMAGE = "kybern/redis:local";
    private static final String PASSWORD = "test";
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(5);
    private static final String LOG = "appendonlydir/appendonly.aof.1.incr.aof";
    private static final String MEND = "k8s-bootstrap/images/redis/bin/kybern-redis-mend";

    private final int port;
    private final Runner runner;

    private RealRedis(int port, Runner runner) {
        this.port = port;
        this.runner = runner;
    }

    /** Starts one and waits until it answers. */
    public static RealRedis start() {
        int port = FreePorts.take();
        Runner runner = binary().<Runner>map(binary -> new ProcessRunner(binary, port))
                .orElseGet(() -> new ContainerRunner(port));
        RealRedis redis = new RealRedis(port, runner);
        redis.restart();
        return redis;
    }

    /** The port on 127.0.0.1. */
    public int port() {
        return port;
    }

    /** The password that it wants. */
    public String password() {
        return PASSWORD;
    }

    /** Kills it with SIGKILL. */
    public void kill() {
        runner.kill();
    }

    /** Starts it again on its data and waits until it answers. */
    public void restart() {
        runner.start();
        long deadline = System.nanoTime() + START.toNanos();
        while (!answers()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("Redis on port " + port + " does not answer");
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
    }

    /** Kills it and throws its data away, as a lost volume does. */
    public void loseEverything() {
        runner.kill();
        runner.wipe();
    }

    /** Its log of writes, also of one that is killed. */
    public byte[] log() {
        return runner.readLog();
    }

    /** Gives it another log of writes, as a kill or a broken disk leaves one. Only while it is killed. */
    public void replaceLog(byte[] log) {
        runner.writeLog(log);
    }

    private boolean answers() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(1000);
            socket.getOutputStream().write(("AUTH " + PASSWORD + "\r\nPING\r\n").getBytes(StandardCharsets.US_ASCII));
            byte[] answer = socket.getInputStream().readNBytes("+OK\r\n+PONG\r\n".length());
            return new String(answer, StandardCharsets.US_ASCII).equals("+OK\r\n+PONG\r\n");
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        runner.kill();
        runner.wipe();
    }

    private static Path inCheckout(String file) {
        return Stream.<@Nullable Path>iterate(Path.of("").toAbsolutePath(), Objects::nonNull, Path::getParent)
                .map(directory -> directory.resolve(file))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("there is no " + file + " above the working directory"));
    }

    private static Optional<Path> binary() {
        return Stream.of("/usr/bin/redis-server", "/usr/local/bin/redis-server")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** How it is run. */
    private interface Runner {

        void start();

        void kill();

        void wipe();

        byte[] readLog();

        void writeLog(byte[] log);
    }

    private static final class ProcessRunner implements Runner {
        private final Path binary;
        private final int port;
        private final Path directory;
        private @Nullable Process process;

        ProcessRunner(Path binary, int port) {
            this.binary = binary;
            this.port = port;
            try {
                this.directory = Files.createTempDirectory("kybern-redis-");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void start() {
            List<String> command = List.of(
                    binary.toString(),
                    "--port",
                    "" + port,
                    "--bind",
                    "127.0.0.1",
                    "--dir",
                    directory.toString(),
                    "--appendonly",
                    "yes",
                    "--appendfsync",
                    "always",
                    "--save",
                    "",
                    "--requirepass",
                    PASSWORD);
            try {
                Files.createDirectories(directory);
                mend();
                process = ChildProcesses.start(command, directory.resolve("log"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** What the image does before it starts Redis. */
        private void mend() throws IOException {
            Process mending = ChildProcesses.start(
                    List.of(inCheckout(MEND).toString(), directory.toString()), directory.resolve("log"));
            try {
                boolean ended = mending.waitFor(START.toSeconds(), TimeUnit.SECONDS);
                if (!ended || mending.exitValue() != 0) {
                    throw new IllegalStateException("the log cannot be mended, see " + directory.resolve("log"));
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while the log was mended", e);
            } finally {
                mending.destroyForcibly();
            }
        }

        @Override
        public void kill() {
            ChildProcesses.kill(process);
        }

        @Override
        public void wipe() {
            ChildProcesses.delete(directory);
        }

        @Override
        public byte[] readLog() {
            try {
                return Files.readAllBytes(directory.resolve(LOG));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void writeLog(byte[] log) {
            try {
                Files.write(directory.resolve(LOG), log);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static final class ContainerRunner implements Runner {
        private final GenericContainer<?> container;
        private boolean created;

        ContainerRunner(int port) {
            container = new GenericContainer<>(DockerImageName.parse(IMAGE))
                    .withCopyToContainer(
                            Transferable.of(PASSWORD), "/etc/kybern/control-plane/secrets/kybern.redis.password")
                    .withImagePullPolicy(image -> false);
            container.setPortBindings(List.of("127.0.0.1:" + port + ":6379"));
        }

        @Override
        public void start() {
            if (created) {
                container
                        .getDockerClient()
                        .startContainerCmd(container.getContainerId())
                        .exec();
            } else {
                container.start();
                created = true;
            }
        }

        @Override
        public void kill() {
            container
                    .getDockerClient()
                    .killContainerCmd(container.getContainerId())
                    .exec();
        }

        @Override
        public void wipe() {
            container.stop();
            created = false;
        }

        @Override
        public byte[] readLog() {
            return container.copyFileFromContainer("/data/" + LOG, InputStream::readAllBytes);
        }

        @Override
        public void writeLog(byte[] log) {
            container.copyFileToContainer(Transferable.of(log), "/data/" + LOG);
        }
    }
}
