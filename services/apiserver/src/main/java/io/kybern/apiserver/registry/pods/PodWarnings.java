package io.kybern.apiserver.registry.pods;

import io.kybern.api.Quantity;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.Values;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** What the creator of a pod, or of a workload, should hear of its pods although nothing is wrong. */
public final class PodWarnings {

    /**
     * Pairs of ports that are compared at most: all of a pod that has one port 140 times. Of more there is nothing to be said that the
     * first warnings do not say.
     */
    static final int MAX_COMPARISONS = 10_000;

    private static final String REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
    private static final String PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";
    private static final String NO_SELECTOR = ": a null labelSelector results in matching no pod";
    private static final Map<String, String> OLD_LABELS = Map.of(
            "beta.kubernetes.io/arch", "deprecated since v1.14; use \"kubernetes.io/arch\" instead",
            "beta.kubernetes.io/os", "deprecated since v1.14; use \"kubernetes.io/os\" instead",
            "failure-domain.beta.kubernetes.io/region",
                    "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
            "failure-domain.beta.kubernetes.io/zone",
                    "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
            "beta.kubernetes.io/instance-type",
                    "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead");
    private static final List<List<String>> OLD_ANNOTATIONS = List.of(
            List.of(
                    "scheduler.alpha.kubernetes.io/critical-pod",
                    "non-functional in v1.16+; use the \"priorityClassName\" field instead"),
            List.of(
                    "security.alpha.kubernetes.io/sysctls",
                    "non-functional in v1.11+; use the \"sysctls\" field instead"),
            List.of(
                    "security.alpha.kubernetes.io/unsafe-sysctls",
                    "non-functional in v1.11+; use the \"sysctls\" field instead"));

    private final JsonNode spec;
    private final JsonNode annotations;
    private final FieldPath field;
    private final FieldPath specField;
    private final List<String> warnings = new ArrayList<>();
    private int comparisons;

    private PodWarnings(JsonNode template, FieldPath field) {
        this.spec = template.path("spec");
        this.annotations = template.path("metadata").path("annotations");
        this.field = field;
        this.specField = field.child("spec");
    }

    /** Those of a new pod. */
    static List<String> ofPod(JsonNode pod) {
        List<String> warnings = new ArrayList<>();
        List<String> faults =
                Names.dns1123Label(pod.path("metadata").path("name").asString(""));
        if (!faults.isEmpty()) {
            warnings.add(
                    "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS"
                            + " label is recommended: [" + String.join(" ", faults) + "]");
        }
        PodWarnings own = new PodWarnings(pod, FieldPath.root());
        own.collect(false);
        warnings.addAll(own.warnings);
        return warnings;
    }

    /**
     * Those of a template of pods.
     *
     * @param field where it is
     */
    public static List<String> ofTemplate(JsonNode template, FieldPath field) {
        PodWarnings warnings = new PodWarnings(template, field);
        warnings.collect(true);
        return warnings.warnings;
    }

    private void collect(boolean isTemplate) {
        labelsOfNodes();
        spreading();
        for (List<String> old : OLD_ANNOTATIONS) {
            if (annotations.has(old.get(0))) {
                add(field.child("metadata", "annotations").key(old.get(0)), ": " + old.get(1));
            }
        }
        warnings.addAll(VolumeWarnings.of(spec.path("volumes"), specField.child("volumes")));
        twice("hostAliases", "ip", ": duplicate ip ");
        twice("imagePullSecrets", "name", ": duplicate name ");
        int index = 0;
        for (JsonNode secret : spec.path("imagePullSecrets")) {
            FieldPath name = specField.child("imagePullSecrets").index(index++).child("name");
            if (secret.path("name").asString("").isEmpty()) {
                add(name, ": invalid empty name \"\"");
            }
        }
        wholeBytes(spec.path("overhead"), specField.child("overhead"), List.of("memory", "ephemeral-storage"));
        boolean confined = spec.path("securityContext").has("seccompProfile");
        if (!confined && annotations.has(PodAnnotationValidator.SECCOMP)) {
            seccomp(PodAnnotationValidator.SECCOMP);
        }
        PodContainers.each(spec, specField, (container, path) -> container(container, path, isTemplate));
        ports();
        if (spec.path("terminationGracePeriodSeconds").asLong(0) < 0) {
            add(
                    specField.child("terminationGracePeriodSeconds"),
                    ": must be >= 0; negative values are invalid and will be treated as 1");
        }
        affinity();
    }

    private void add(FieldPath path, String text) {
        warnings.add(path + text);
    }

    private void labelsOfNodes() {
        spec.path("nodeSelector").properties().forEach(label -> {
            if (OLD_LABELS.containsKey(label.getKey())) {
                add(specField.child("nodeSelector").key(label.getKey()), ": " + OLD_LABELS.get(label.getKey()));
            }
        });
        JsonNode affinity = spec.path("affinity").path("nodeAffinity");
        FieldPath path = specField.child("affinity", "nodeAffinity");
        int index = 0;
        for (JsonNode term : affinity.path(REQUIRED).path("nodeSelectorTerms")) {
            term(term, path.child(REQUIRED, "nodeSelectorTerms").index(index++));
        }
        index = 0;
        for (JsonNode preferred : affinity.path(PREFERRED)) {
            term(
                    preferred.path("preference"),
                    path.child(PREFERRED).index(index++).child("preference"));
        }
    }

    private void term(JsonNode term, FieldPath path) {
        int index = 0;
        for (JsonNode expression : term.path("matchExpressions")) {
            FieldPath key = path.child("matchExpressions").index(index++).child("key");
            oldLabel(expression.path("key").asString(""), key);
        }
    }

    private void oldLabel(String label, FieldPath path) {
        if (OLD_LABELS.containsKey(label)) {
            add(path, ": %s is %s".formatted(label, OLD_LABELS.get(label)));
        }
    }

    private void spreading() {
        int index = 0;
        for (JsonNode constraint : spec.path("topologySpreadConstraints")) {
            FieldPath path = specField.child("topologySpreadConstraints").index(index++);
            oldLabel(constraint.path("topologyKey").asString(""), path.child("topologyKey"));
            if (!constraint.has("labelSelector")) {
                add(path.child("labelSelector"), NO_SELECTOR);
            }
        }
    }

    private void affinity() {
        for (String kind : List.of("podAffinity", "podAntiAffinity")) {
            JsonNode affinity = spec.path("affinity").path(kind);
            FieldPath path = specField.child("affinity", kind);
            for (int i = 0; i < affinity.path(REQUIRED).size(); i++) {
                if (!affinity.path(REQUIRED).get(i).has("labelSelector")) {
                    add(path.child(REQUIRED).index(i).child("labelSelector"), NO_SELECTOR);
                }
            }
            for (int i = 0; i < affinity.path(PREFERRED).size(); i++) {
                if (!affinity.path(PREFERRED).get(i).path("podAffinityTerm").has("labelSelector")) {
                    add(path.child(PREFERRED).index(i).child("podAffinityTerm", "labelSelector"), NO_SELECTOR);
                }
            }
        }
    }

    private void twice(String list, String name, String text) {
        Set<String> seen = new HashSet<>();
        int index = 0;
        for (JsonNode each : spec.path(list)) {
            FieldPath path = specField.child(list).index(index++).child(name);
            String value = each.path(name).asString("");
            if (!seen.add(value)) {
                add(path, text + '"' + value + '"');
            }
        }
    }

    private void wholeBytes(JsonNode amounts, FieldPath path, List<String> names) {
        for (String name : names) {
            Values.quantity(amounts.path(name))
                    .filter(PodWarnings::isFractional)
                    .ifPresent(amount -> add(
                            path.key(name),
                            ": fractional byte value \"%s\" is invalid, must be an integer"
                                    .formatted(amount.canonical())));
        }
    }

    private static boolean isFractional(Quantity amount) {
        return amount.value().remainder(BigDecimal.ONE).signum() != 0;
    }

    private void seccomp(String annotation) {
        add(
                field.child("metadata", "annotations").key(annotation),
                ": non-functional in v1.27+; use the \"seccompProfile\" field instead");
    }

    private void container(JsonNode container, FieldPath path, boolean isTemplate) {
        String name = container.path("name").asString("");
        JsonNode context = container.path("securityContext");
        String seccomp = PodAnnotationValidator.SECCOMP_OF_CONTAINER + name;
        if (!context.has("seccompProfile") && annotations.has(seccomp)) {
            seccomp(seccomp);
        }
        String appArmor = PodAnnotationValidator.APPARMOR + name;
        boolean hasProfile =
                context.has("appArmorProfile") || spec.path("securityContext").has("appArmorProfile");
        if (isTemplate && !hasProfile && annotations.has(appArmor)) {
            add(
                    field.child("metadata", "annotations").key(appArmor),
                    ": deprecated since v1.30; use the \"appArmorProfile\" field instead");
        }
        for (String resource : List.of("memory", "ephemeral-storage")) {
            for (String list : List.of("limits", "requests")) {
                wholeBytes(container.path("resources").path(list), path.child("resources", list), List.of(resource));
            }
        }
        hiddenVariables(container.path("env"), path.child("env"));
    }

    private void hiddenVariables(JsonNode variables, FieldPath path) {
        Set<String> seen = new HashSet<>();
        int index = 0;
        for (JsonNode variable : variables) {
            FieldPath each = path.index(index++);
            String name = variable.path("name").asString("");
            String value = variable.path("value").asString("");
            String reference = "$(" + name + ")";
            boolean builds = !variable.has("valueFrom") && !value.equals(reference) && value.contains(reference);
            if (!seen.add(name) && !builds) {
                add(
                        each,
                        ": hides previous definition of \"%s\", which may be dropped when using apply".formatted(name));
            }
        }
    }

    /** A port, and where it is. */
    private record Port(FieldPath path, String hostIp, long hostPort) {}

    private void ports() {
        Map<String, List<Port>> all = new HashMap<>();
        PodContainers.each(spec, specField, (container, path) -> {
            int index = 0;
            for (JsonNode port : container.path("ports")) {
                FieldPath each = path.child("ports").index(index++);
                Port own = new Port(
                        each,
                        port.path("hostIP").asString(""),
                        port.path("hostPort").asLong(0));
                if (!own.hostIp().isEmpty() && own.hostPort() == 0) {
                    add(each, ": hostIP set without hostPort: " + shown(port));
                }
                String key = port.path("containerPort").asLong(0) + "/"
                        + port.path("protocol").asString("");
                List<Port> others = all.computeIfAbsent(key, k -> new ArrayList<>());
                conflicts(own, others);
                others.add(own);
            }
        });
    }

    private static String shown(JsonNode port) {
        return "{Name:%s HostPort:%d ContainerPort:%d Protocol:%s HostIP:%s}"
                .formatted(
                        port.path("name").asString(""),
                        port.path("hostPort").asLong(0),
                        port.path("containerPort").asLong(0),
                        port.path("protocol").asString(""),
                        port.path("hostIP").asString(""));
    }

    private void conflicts(Port port, List<Port> others) {
        for (Port other : others) {
            if (++comparisons > MAX_COMPARISONS) {
                return;
            }
            conflict(port, other);
        }
    }

    private void conflict(Port port, Port other) {
        boolean samePort = port.hostPort() == other.hostPort();
        if (samePort && port.hostIp().equals(other.hostIp())) {
            add(port.path(), ": duplicate port definition with " + other.path());
        } else if (port.hostPort() == 0 || other.hostPort() == 0) {
            add(port.path(), ": overlapping port definition with " + other.path());
        } else if (samePort && port.hostIp().isEmpty() != other.hostIp().isEmpty()) {
            add(port.path(), ": dangerously ambiguous port definition with " + other.path());
        }
    }
}
