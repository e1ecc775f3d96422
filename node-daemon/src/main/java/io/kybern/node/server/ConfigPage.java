package io.kybern.node.server;

import io.fabric8.kubernetes.client.utils.Serialization;
import io.kybern.node.access.AccessProperties;
import io.kybern.node.config.ContainerLogProperties;
import io.kybern.node.config.ImageProperties;
import io.kybern.node.config.NodeDaemonProperties;
import io.kybern.node.eviction.EvictionProperties;
import io.kybern.node.eviction.ImageCollectionProperties;
import io.kybern.node.logs.LogLinkProperties;
import io.kybern.node.shutdown.ShutdownProperties;
import io.kybern.node.status.ReservationProperties;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What {@code /configz} says: the settings that this node has in common with kubelets, under their names in <a
 * href="https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/">KubeletConfiguration</a>.
 */
record ConfigPage(
        NodeDaemonProperties daemon,
        NodeApiProperties api,
        AccessProperties access,
        SystemLogProperties systemLogs,
        LogLinkProperties links,
        ContainerLogProperties logs,
        ImageProperties images,
        ImageCollectionProperties imageCollection,
        EvictionProperties eviction,
        ReservationProperties reservations,
        ShutdownProperties shutdown) {

    /** The document. */
    String json() {
        Map<String, Object> out = new LinkedHashMap<>();
        addApi(out);
        addPods(out);
        addImages(out);
        addEviction(out);
        out.put("systemReserved", pairs(reservations.systemReserved(), "="));
        out.put("kubeReserved", pairs(reservations.kubeReserved(), "="));
        out.put("shutdownGracePeriod", text(shutdown.shutdownGracePeriod()));
        out.put("shutdownGracePeriodCriticalPods", text(shutdown.shutdownGracePeriodCriticalPods()));
        Map<Integer, Duration> byPriority = shutdown.shutdownGracePeriodByPodPriority();
        if (byPriority != null && !byPriority.isEmpty()) {
            out.put(
                    "shutdownGracePeriodByPodPriority",
                    new TreeMap<>(byPriority)
                            .entrySet().stream()
                                    .map(each -> Map.of(
                                            "priority",
                                            each.getKey(),
                                            "shutdownGracePeriodSeconds",
                                            each.getValue().toSeconds()))
                                    .toList());
        }
        out.put("kind", "KubeletConfiguration");
        out.put("apiVersion", "kubelet.config.k8s.io/v1beta1");
        return Serialization.asJson(Map.of("kubeletconfig", out));
    }

    private void addApi(Map<String, Object> out) {
        out.put("staticPodPath", daemon.manifests().toString());
        out.put("port", api.port());
        out.put("tlsCertFile", api.certificate().toString());
        out.put("tlsPrivateKeyFile", api.key().toString());
        out.put(
                "authentication",
                Map.of(
                        "x509",
                        Map.of("clientCAFile", api.clientCa().toString()),
                        "webhook",
                        Map.of(
                                "enabled",
                                true,
                                "cacheTTL",
                                text(access.authentication().webhook().cacheTtl())),
                        "anonymous",
                        Map.of("enabled", false)));
        AccessProperties.AccessReviews reviews = access.authorization().webhook();
        out.put(
                "authorization",
                Map.of(
                        "mode",
                        "Webhook",
                        "webhook",
                        Map.of(
                                "cacheAuthorizedTTL",
                                text(reviews.cacheAuthorizedTtl()),
                                "cacheUnauthorizedTTL",
                                text(reviews.cacheUnauthorizedTtl()))));
        out.put("enableDebuggingHandlers", true);
        out.put("enableSystemLogHandler", systemLogs.enableSystemLogHandler());
        out.put("enableSystemLogQuery", false);
    }

    private void addPods(Map<String, Object> out) {
        out.put("clusterDomain", daemon.clusterDomain());
        out.put("clusterDNS", List.of(daemon.clusterDns()));
        out.put("cgroupRoot", daemon.cgroupRoot());
        out.put("podPidsLimit", daemon.podPidsLimit());
        out.put("containerRuntimeEndpoint", "unix://" + daemon.dockerSocket());
        out.put("podLogsDir", links.podLogsDir().toString());
        out.put("containerLogMaxSize", logs.containerLogMaxSize());
        out.put("containerLogMaxFiles", logs.containerLogMaxFiles());
    }

    private void addImages(Map<String, Object> out) {
        out.put("serializeImagePulls", daemon.serializeImagePulls());
        if (!daemon.serializeImagePulls() && daemon.maxParallelImagePulls() > 0) {
            out.put("maxParallelImagePulls", daemon.maxParallelImagePulls());
        }
        out.put("imageMinimumGCAge", text(imageCollection.imageMinimumGcAge()));
        out.put("imageMaximumGCAge", text(imageCollection.imageMaximumGcAge()));
        out.put("imageGCHighThresholdPercent", imageCollection.imageGcHighThresholdPercent());
        out.put("imageGCLowThresholdPercent", imageCollection.imageGcLowThresholdPercent());
        out.put(
                "imagePullCredentialsVerificationPolicy",
                images.imagePullCredentialsVerificationPolicy().toString());
        if (!images.preloadedImagesVerificationAllowlist().isEmpty()) {
            out.put("preloadedImagesVerificationAllowlist", images.preloadedImagesVerificationAllowlist());
        }
    }

    private void addEviction(Map<String, Object> out) {
        out.put("evictionHard", pairs(eviction.evictionHard(), "<"));
        out.put("evictionSoft", pairs(eviction.evictionSoft(), "<"));
        out.put("evictionSoftGracePeriod", pairs(eviction.evictionSoftGracePeriod(), "="));
        out.put("evictionMinimumReclaim", pairs(eviction.evictionMinimumReclaim(), "="));
        out.put("evictionMaxPodGracePeriod", eviction.evictionMaxPodGracePeriod());
        out.put("evictionPressureTransitionPeriod", text(eviction.evictionPressureTransitionPeriod()));
    }

    /** Settings that are written in one line are maps there. */
    private static Map<String, String> pairs(String setting, String sign) {
        Map<String, String> out = new LinkedHashMap<>();
        for (String each : setting.split(",")) {
            String[] pair = each.split(sign, 2);
            if (pair.length == 2) {
                out.put(pair[0].strip(), pair[1].strip());
            }
        }
        return out;
    }

    /** As Go writes it: {@code 1h2m3s}. */
    static String text(Duration duration) {
        if (duration.toSeconds() == 0) {
            return duration.toMillis() == 0 ? "0s" : duration.toMillis() + "ms";
        }
        StringBuilder out = new StringBuilder();
        if (duration.toHours() > 0) {
            out.append(duration.toHours()).append('h');
        }
        if (duration.toMinutes() > 0) {
            out.append(duration.toMinutesPart()).append('m');
        }
        String millis = duration.toMillisPart() == 0
                ? ""
                : "." + "%03d".formatted(duration.toMillisPart()).replaceFirst("0+$", "");
        return out.append(duration.toSecondsPart()).append(millis).append('s').toString();
    }
}
