package io.kybern.testing;

import java.util.List;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.Transferable;
import org.testcontainers.utility.DockerImageName;

/** A Kafka of the test's own, from the project's image, which {@code make} builds. It can be frozen, and killed and started again. */
public final class RealKafka implements AutoCloseable {

    private static final String IMAGE = "kybern/kafka:local";
    private static final String PASSWORD = "test";

    private final int port;
    private final GenericContainer<?> container;

    private RealKafka(int port, GenericContainer<?> container) {
        this.port = port;
        this.container = container;
    }

    /** Prepares one that does not run yet, so that its address is known before it is there. */
    public static RealKafka prepare() {
        int port = RealRedis.freePort();
        GenericContainer<?> container = new GenericContainer<>(DockerImageName.parse(IMAGE))
                .withCopyToContainer(
                        Transferable.of(PASSWORD), "/etc/kybern/control-plane/secrets/kybern.kafka.password")
                .withEnv("KYBERN_KAFKA_ADVERTISED", "127.0.0.1:" + port)
                .withImagePullPolicy(image -> false)
                .waitingFor(Wait.forLogMessage(".*Kafka Server started.*", 1));
        container.setPortBindings(List.of("127.0.0.1:" + port + ":9092"));
        return new RealKafka(port, container);
    }

    /** Starts it. */
    public RealKafka start() {
        container.start();
        return this;
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
        container.getDockerClient().killContainerCmd(container.getContainerId()).exec();
    }

    /** Starts it again on its data; it answers a little later. */
    public void restart() {
        container
                .getDockerClient()
                .startContainerCmd(container.getContainerId())
                .exec();
    }

    /** Freezes it: connections stay, nothing is answered. */
    public void freeze() {
        container
                .getDockerClient()
                .pauseContainerCmd(container.getContainerId())
                .exec();
    }

    /** Lets it go on. */
    public void thaw() {
        container
                .getDockerClient()
                .unpauseContainerCmd(container.getContainerId())
                .exec();
    }

    @Override
    public void close() {
        container.stop();
    }
}
