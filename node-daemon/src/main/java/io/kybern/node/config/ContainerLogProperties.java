package io.kybern.node.config;

import io.fabric8.kubernetes.api.model.Quantity;
import io.kybern.node.runtime.DockerSettings;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How much of containers' logs is kept, named and written as for kubelets. See <a
 * href="https://kubernetes.io/docs/concepts/cluster-administration/logging/#log-rotation">log rotation</a>.
 *
 * @param containerLogMaxSize how long a file of a log gets before the next one begins
 * @param containerLogMaxFiles how many files a container's log has at most
 */
@ConfigurationProperties("kybern.node-daemon")
public record ContainerLogProperties(
        @DefaultValue("10Mi") String containerLogMaxSize,
        @DefaultValue("5") int containerLogMaxFiles) {

    /** Refuses numbers that mean nothing. */
    public ContainerLogProperties {
        if (containerLogMaxFiles < 2) {
            throw new IllegalArgumentException("container-log-max-files must be larger than 1");
        }
    }

    /** What the engine is told of it. */
    DockerSettings.Logs logs() {
        long bytes =
                Quantity.getAmountInBytes(new Quantity(containerLogMaxSize)).longValue();
        if (bytes <= 0) {
            throw new IllegalArgumentException("container-log-max-size must be a positive number of bytes");
        }
        return new DockerSettings.Logs(bytes, containerLogMaxFiles);
    }
}
