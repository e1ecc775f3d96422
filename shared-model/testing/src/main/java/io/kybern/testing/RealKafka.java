package io.kybern.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka of the test's own: one broker that is its own controller, in a JVM of its own on the tests' class path, with the password
 * that the cluster's broker wants too. It can be frozen, and killed and started again on its data.
 */
public final class RealKafka implements AutoCloseable {

    private static final String PASSWORD = "test";
    private static final Duration START = Duration.ofSeconds(90);
    /** Seldom enough not to take the processor from the broker that is starting. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

    private final int port;
    private final int controllerPort;
    private final Path directory;
    private @Nullable Process process;

    private RealKafka(int port, int controllerPort, Path directory) {
        this.port = port;
        this.controllerPort = controllerPort;
        this.directory = directory;
    }

    /** Prepares one that does not run yet, so that its address is known before it is there. */
    public static RealKafka prepare() {
        try {
            return new RealKafka(FreePorts.take(), FreePorts.take(), Files.createTempDirectory("kybern-kafka-"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts it and waits until it listens. */
    public RealKafka start() {
        Path config = configure();
        Process format = java(
                "kafka.tools.StorageTool",
                "format",
                "--cluster-id",
                "a3liZXJuLXRlc3QtMDAwMA",
                "--config",
                config.toString(),
                "--ignore-formatted");
        try {
            if (!format.waitFor(START.toSeconds(), TimeUnit.SECONDS) || format.exitValue() != 0) {
                throw new IllegalStateException(
                        "Kafka's data directory could not be formatted: " + Files.readString(directory.resolve("log")));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        restart();
        return this;
    }

    private Path configure() {
        String login =
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"kybern\" password=\""
                        + PASSWORD + "\" user_kybern=\"" + PASSWORD + "\";";
        List<String> settings = List.of(
                "process.roles=broker,controller",
                "node.id=1",
                "controller.quorum.voters=1@127.0.0.1:" + controllerPort,
                "listeners=SASL_PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort,
                "advertised.listeners=SASL_PLAINTEXT://127.0.0.1:" + port,
                "controller.listener.names=CONTROLLER",
                "listener.security.protocol.map=CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT",
                "inter.broker.listener.name=SASL_PLAINTEXT",
                "sasl.enabled.mechanisms=PLAIN",
                "sasl.mechanism.inter.broker.protocol=PLAIN",
                "listener.name.sasl_plaintext.plain.sasl.jaas.config=" + login,
                "log.dirs=" + directory.resolve("data"),
                "num.partitions=1",
                "offsets.topic.num.partitions=1",
                "offsets.topic.replication.factor=1",
                "transaction.state.log.replication.factor=1",
                "transaction.state.log.min.isr=1",
                "share.coordinator.state.topic.replication.factor=1",
                "share.coordinator.state.topic.min.isr=1",
                "group.initial.rebalance.delay.ms=0",
                "log.index.size.max.bytes=1048576",
                "log.cleaner.dedupe.buffer.size=4194304",
                "message.max.bytes=4194304");
        try {
            return Files.write(directory.resolve("server.properties"), settings);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Process java(String main, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx192m",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                main));
        command.addAll(List.of(arguments));
        return ChildProcesses.start(command, directory.resolve("log"));
    }

    /** Where it is, for {@code spring.kafka.bootstrap-servers}. */
    public String brokers() {
        return "127.0.0.1:" + port;
    }

    /** The password of the user {@code kybern}. */
    public String password() {
        return PASSWORD;
    }

    /** Kills it with SIGKILL. */
    public void kill() {
        ChildProcesses.kill(process);
    }

    /** Starts it again on its data and waits until it listens. */
    public void restart() {
        process = java("kafka.Kafka", directory.resolve("server.properties").toString());
        long deadline = System.nanoTime() + START.toNanos();
        while (!listens()) {
            if (System.nanoTime() > deadline || !process.isAlive()) {
                throw new IllegalStateException("Kafka on port " + port + " does not start, see " + directory);
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
    }

    private boolean listens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    /** Freezes it: connections stay, nothing is answered. */
    public void freeze() {
        ChildProcesses.signal(Objects.requireNonNull(process, "not started"), "STOP");
    }

    /** Lets it go on. */
    public void thaw() {
        ChildProcesses.signal(Objects.requireNonNull(process, "not started"), "CONT");
    }

    @Override
    public void close() {
        kill();
        ChildProcesses.delete(directory);
    }
}
