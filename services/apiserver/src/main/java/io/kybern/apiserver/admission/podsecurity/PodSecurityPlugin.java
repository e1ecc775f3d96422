package io.kybern.apiserver.admission.podsecurity;

import io.kybern.api.GroupResource;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.admission.podsecurity.LevelVersion.Level;
import io.kybern.apiserver.audit.AuditAnnotations;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/**
 * Holds pods to the Pod Security Standards that their namespace's labels name, tells creators of workloads what their pods would
 * violate, and whoever makes a namespace stricter which pods do already. See "Pod Security Admission" in the Kubernetes
 * documentation.
 */
final class PodSecurityPlugin implements AdmissionPlugin {

    /** Parts of pods that can change what runs; the others do not. */
    private static final Set<String> POD_PARTS = Set.of("", "ephemeralcontainers", "resize");

    private static final Map<GroupResource, List<String>> TEMPLATES = templates();
    private static final int MOST_PODS = 3000;
    private static final String AUDIT = "pod-security.kubernetes.io/";

    private final Function<ObjectKey, Optional<JsonNode>> namespaces;
    private final Function<String, List<JsonNode>> pods;

    /**
     * @param namespaces the namespaces, by their keys
     * @param pods the pods of a namespace
     */
    PodSecurityPlugin(Function<ObjectKey, Optional<JsonNode>> namespaces, Function<String, List<JsonNode>> pods) {
        this.namespaces = namespaces;
        this.pods = pods;
    }

    private static Map<GroupResource, List<String>> templates() {
        List<String> inSpec = List.of("spec", "template");
        Map<GroupResource, List<String>> templates = new HashMap<>();
        templates.put(new GroupResource("", "podtemplates"), List.of("template"));
        templates.put(new GroupResource("", "replicationcontrollers"), inSpec);
        for (String resource : List.of("deployments", "replicasets", "statefulsets", "daemonsets")) {
            templates.put(new GroupResource("apps", resource), inSpec);
        }
        templates.put(new GroupResource("batch", "jobs"), inSpec);
        templates.put(new GroupResource("batch", "cronjobs"), List.of("spec", "jobTemplate", "spec", "template"));
        return templates;
    }

    @Override
    public String name() {
        return "PodSecurity";
    }

    @Override
    public void validate(AdmissionRequest request) {
        boolean writes =
                request.operation() == AdmissionOperation.CREATE || request.operation() == AdmissionOperation.UPDATE;
        if (!writes || request.object().isEmpty()) {
            return;
        }
        JsonNode object = request.object().get();
        GroupResource resource = request.target().type().groupResource();
        String part = request.target().subresource();
        List<String> template = TEMPLATES.get(resource);
        if (request.target().is("", "namespaces")) {
            namespace(request, object);
        } else if (resource.equals(new GroupResource("", "pods")) && POD_PARTS.contains(part)) {
            pod(request, object);
        } else if (template != null && part.isEmpty()) {
            template(request, object, template);
        }
    }

    private NamespacePolicy policy(AdmissionRequest request) {
        return NamespacePolicy.of(namespaces
                .apply(ObjectKey.clusterScoped(request.target().namespace()))
                .map(KubeObject::labels)
                .orElse(Map.of()));
    }

    private void pod(AdmissionRequest request, JsonNode pod) {
        NamespacePolicy policy = policy(request);
        boolean changesImages =
                request.oldObject().map(old -> !images(old).equals(images(pod))).orElse(true);
        if (!changesImages) {
            return;
        }
        ReviewedPod reviewed = new ReviewedPod(KubeObject.annotations(pod), pod.path("spec"));
        AuditAnnotations.add(AUDIT + "enforce-policy", policy.enforce().toString());
        List<Violation> violations = Standards.violations(policy.enforce(), reviewed);
        if (!violations.isEmpty()) {
            throw ApiException.forbidden(
                    request.target().type().groupResource(),
                    request.target().name(),
                    "violates PodSecurity \"%s\": %s".formatted(policy.enforce(), Violation.details(violations)));
        }
        warn(request, policy, reviewed);
    }

    /** The containers with their images: while these stay, nothing about the pod changes that could be judged anew. */
    private static List<String> images(JsonNode pod) {
        List<String> images = new ArrayList<>();
        for (String list : List.of("initContainers", "containers", "ephemeralContainers")) {
            for (JsonNode container : pod.path("spec").path(list)) {
                images.add(list + "/" + ReviewedPod.name(container) + "/"
                        + container.path("image").asString(""));
            }
        }
        return images;
    }

    private static void warn(AdmissionRequest request, NamespacePolicy policy, ReviewedPod reviewed) {
        List<Violation> audited = Standards.violations(policy.audit(), reviewed);
        if (!audited.isEmpty()) {
            AuditAnnotations.add(
                    AUDIT + "audit-violations",
                    "would violate PodSecurity \"%s\": %s".formatted(policy.audit(), Violation.details(audited)));
        }
        List<Violation> violations = Standards.violations(policy.warn(), reviewed);
        if (!violations.isEmpty()) {
            request.warn(
                    "would violate PodSecurity \"%s\": %s".formatted(policy.warn(), Violation.details(violations)));
        }
    }

    private void template(AdmissionRequest request, JsonNode object, List<String> path) {
        JsonNode template = object;
        for (String field : path) {
            template = template.path(field);
        }
        if (template.isObject()) {
            warn(request, policy(request), new ReviewedPod(KubeObject.annotations(template), template.path("spec")));
        }
    }

    private void namespace(AdmissionRequest request, JsonNode namespace) {
        NamespacePolicy policy = NamespacePolicy.of(KubeObject.labels(namespace));
        Optional<NamespacePolicy> before = request.oldObject().map(old -> NamespacePolicy.of(KubeObject.labels(old)));
        boolean newErrors =
                before.map(old -> !messages(old).equals(messages(policy))).orElse(true);
        if (!policy.errors().isEmpty() && newErrors) {
            throw ApiException.invalid(request.target().type().gvk(), KubeObject.name(namespace), policy.errors());
        }
        before.map(NamespacePolicy::enforce)
                .filter(old -> isStricter(policy.enforce(), old))
                .ifPresent(old -> existing(request, KubeObject.name(namespace), policy.enforce()));
    }

    private static List<String> messages(NamespacePolicy policy) {
        return policy.errors().stream().map(Object::toString).toList();
    }

    private static boolean isStricter(LevelVersion now, LevelVersion before) {
        boolean relaxed = now.minor() == before.minor() && now.level().compareTo(before.level()) <= 0;
        return now.level() != Level.PRIVILEGED && !relaxed;
    }

    private void existing(AdmissionRequest request, String namespace, LevelVersion enforce) {
        List<JsonNode> present = pods.apply(namespace);
        List<JsonNode> checked = present.subList(0, Math.min(MOST_PODS, present.size()));
        if (checked.size() < present.size()) {
            request.warn("new PodSecurity enforce level only checked against the first %d of %d existing pods"
                    .formatted(checked.size(), present.size()));
        }
        Map<String, TreeSet<String>> byReason = new TreeMap<>();
        for (JsonNode pod : checked) {
            List<Violation> violations =
                    Standards.violations(enforce, new ReviewedPod(KubeObject.annotations(pod), pod.path("spec")));
            if (!violations.isEmpty()) {
                byReason.computeIfAbsent(Violation.reasons(violations), none -> new TreeSet<>())
                        .add(KubeObject.name(pod));
            }
        }
        if (!byReason.isEmpty()) {
            request.warn("existing pods in namespace \"%s\" violate the new PodSecurity enforce level \"%s\""
                    .formatted(namespace, enforce));
        }
        byReason.entrySet().stream()
                .map(each -> each.getValue().first() + others(each.getValue().size() - 1) + ": " + each.getKey())
                .sorted()
                .forEach(request::warn);
    }

    private static String others(int count) {
        return switch (count) {
            case 0 -> "";
            case 1 -> " (and 1 other pod)";
            default -> " (and %d other pods)".formatted(count);
        };
    }
}
