package io.kybern.node.env;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceFieldSelector;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Values of a pod's own fields, for environment variables and volumes. See <a
 * href="https://kubernetes.io/docs/concepts/workloads/pods/downward-api/">the downward API</a>.
 */
public final class DownwardFields {

    private DownwardFields() {}

    /** A field of the pod as text. */
    public static String field(Pod pod, PodFacts facts, String path) throws ContainerConfigException {
        int bracket = path.indexOf("['");
        if (bracket > 0 && path.endsWith("']")) {
            String key = path.substring(bracket + 2, path.length() - 2);
            Map<String, String> map =
                    switch (path.substring(0, bracket)) {
                        case "metadata.labels" -> pod.getMetadata().getLabels();
                        case "metadata.annotations" -> pod.getMetadata().getAnnotations();
                        default -> throw unsupported(path);
                    };
            return map == null ? "" : map.getOrDefault(key, "");
        }
        return switch (path) {
            case "metadata.name" -> pod.getMetadata().getName();
            case "metadata.namespace" -> pod.getMetadata().getNamespace();
            case "metadata.uid" -> pod.getMetadata().getUid();
            case "metadata.labels" -> lines(pod.getMetadata().getLabels());
            case "metadata.annotations" -> lines(pod.getMetadata().getAnnotations());
            case "spec.nodeName" -> orEmpty(pod.getSpec().getNodeName());
            case "spec.serviceAccountName" -> orEmpty(pod.getSpec().getServiceAccountName());
            case "status.hostIP" ->
                facts.hostIps().isEmpty() ? "" : facts.hostIps().getFirst();
            case "status.hostIPs" -> String.join(",", facts.hostIps());
            case "status.podIP" ->
                facts.podIps().isEmpty() ? "" : facts.podIps().getFirst();
            case "status.podIPs" -> String.join(",", facts.podIps());
            default -> throw unsupported(path);
        };
    }

    /** A container's request or limit in units of the selector's divisor, rounded up. */
    public static String resource(Pod pod, Container own, PodFacts facts, ResourceFieldSelector selector)
            throws ContainerConfigException {
        Container container = own;
        String wanted = selector.getContainerName();
        if (wanted != null && !wanted.isEmpty()) {
            container = container(pod, wanted);
        }
        String resource = selector.getResource();
        int dot = resource.indexOf('.');
        String name = resource.substring(dot + 1);
        boolean limit = resource.startsWith("limits.");
        if (!limit && !resource.startsWith("requests.")) {
            throw ContainerConfigException.because("unsupported container resource : " + resource);
        }
        Quantity value = null;
        if (container.getResources() != null) {
            Map<String, Quantity> values = limit
                    ? container.getResources().getLimits()
                    : container.getResources().getRequests();
            value = values == null ? null : values.get(name);
        }
        BigDecimal amount = value == null ? BigDecimal.ZERO : value.getNumericalAmount();
        if (limit && amount.signum() == 0 && facts.allocatable().containsKey(name)) {
            amount = facts.allocatable().get(name).getNumericalAmount();
        }
        Quantity divisor = selector.getDivisor();
        BigDecimal unit = divisor == null
                        || divisor.getAmount() == null
                        || divisor.getAmount().isEmpty()
                ? BigDecimal.ONE
                : divisor.getNumericalAmount();
        if (unit.signum() <= 0) {
            unit = BigDecimal.ONE;
        }
        return amount.divide(unit, 0, RoundingMode.CEILING).toPlainString();
    }

    private static Container container(Pod pod, String name) throws ContainerConfigException {
        for (Container c : pod.getSpec().getContainers()) {
            if (c.getName().equals(name)) {
                return c;
            }
        }
        if (pod.getSpec().getInitContainers() != null) {
            for (Container c : pod.getSpec().getInitContainers()) {
                if (c.getName().equals(name)) {
                    return c;
                }
            }
        }
        throw ContainerConfigException.because("container " + name + " not found");
    }

    private static String lines(@Nullable Map<String, String> map) {
        if (map == null) {
            return "";
        }
        StringBuilder out = new StringBuilder();
        new TreeMap<>(map).forEach((k, v) -> {
            if (!out.isEmpty()) {
                out.append('\n');
            }
            out.append(k).append('=').append(quoted(v));
        });
        return out.toString();
    }

    private static String quoted(String value) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                case '\r' -> out.append("\\r");
                default -> out.append(c);
            }
        }
        return out.append('"').toString();
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static ContainerConfigException unsupported(String path) {
        return ContainerConfigException.because("unsupported fieldPath: " + path);
    }
}
