package io.kybern.node.config;

import java.nio.file.Path;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of the node daemon.
 *
 * @param name the node's name
 * @param directory where the pods' files are
 * @param dockerSocket the container engine's socket
 * @param dockerTimeout how long one call to the engine may take
 * @param pauseImage the image of the pods' sandboxes
 * @param clusterDns the address of the cluster's DNS
 * @param clusterDomain the cluster's domain
 * @param manifests where files that describe static pods are
 * @param serializeImagePulls whether one image is fetched after the other
 * @param maxParallelImagePulls how many are fetched at the same time otherwise; 0 for as many as are asked for
 * @param cgroupRoot the control group below which those of pods are
 * @param podPidsLimit how many processes and threads each pod may have; -1 or 0 for as many as the node can have
 * @param proxyModePort where the mode of the service proxy is told
 */
@ConfigurationProperties("kybern.node-daemon")
public record NodeDaemonProperties(
        String name,
        @DefaultValue("/var/lib/kubelet/pods") Path directory,
        @DefaultValue("/var/run/docker.sock") Path dockerSocket,
        @DefaultValue("2m") Duration dockerTimeout,
        @DefaultValue("kybern/pause:1") String pauseImage,
        @DefaultValue("10.96.0.10") String clusterDns,
        @DefaultValue("cluster.local") String clusterDomain,

        @DefaultValue("/etc/kubernetes/manifests") Path manifests,

        @DefaultValue("false") boolean serializeImagePulls,
        @DefaultValue("4") int maxParallelImagePulls,

        @DefaultValue("/") String cgroupRoot,
        @DefaultValue("-1") long podPidsLimit,

        @DefaultValue("10249") int proxyModePort) {

    /** Refuses numbers that mean nothing. */
    public NodeDaemonProperties {
        if (maxParallelImagePulls < 0) {
            throw new IllegalArgumentException("max-parallel-image-pulls must be a positive number, or 0 for no limit");
        }
        if (podPidsLimit < -1) {
            throw new IllegalArgumentException("pod-pids-limit must be a positive number, or -1 for no limit");
        }
    }

    /** How many images are fetched at the same time. */
    int pullsAtOnce() {
        if (serializeImagePulls) {
            return 1;
        }
        return maxParallelImagePulls == 0 ? Integer.MAX_VALUE : maxParallelImagePulls;
    }
}
