package io.kybern.node.objects;

import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kybern.api.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes statuses as whole objects on {@code /status}, without a version: the node alone says how its pods are. What the API server says
 * already is not written again.
 */
public final class ApiPodClient implements PodClient {

    /** Conditions of the node's own that are there only while they hold. */
    private static final Set<String> PASSING_CONDITIONS = Set.of("PodResizePending", "PodResizeInProgress");

    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;
    private static final int WRITE_ATTEMPTS = 5;

    private final KubernetesClient client;

    public ApiPodClient(KubernetesClient client) {
        this.client = client;
    }

    @Override
    public Optional<Pod> writeStatus(Pod base, PodStatus status) throws ObjectUnavailableException {
        String namespace = base.getMetadata().getNamespace();
        String name = base.getMetadata().getName();
        if (says(base, merged(base.getStatus(), status))) {
            // whoever changes that is heard of
            return Optional.of(base);
        }
        for (int attempt = 1; ; attempt++) {
            try {
                return tryWriteStatus(base, status);
            } catch (KubernetesClientException e) {
                if (e.getCode() == NOT_FOUND || e.getCode() == CONFLICT && isUidConflict(e)) {
                    return Optional.empty();
                }
                if (e.getCode() != CONFLICT || attempt == WRITE_ATTEMPTS) {
                    throw ObjectUnavailableException.reading("pod", namespace, name, e);
                }
            }
        }
    }

    /** A conflict if somebody else writes the pod at the same moment: what they wrote must stay. */
    private Optional<Pod> tryWriteStatus(Pod base, PodStatus status) {
        String namespace = base.getMetadata().getNamespace();
        String name = base.getMetadata().getName();
        Pod current = client.pods().inNamespace(namespace).withName(name).get();
        if (current == null
                || !current.getMetadata().getUid().equals(base.getMetadata().getUid())) {
            return Optional.empty();
        }
        PodStatus merged = merged(current.getStatus(), status);
        if (says(current, merged)) {
            return Optional.of(current);
        }
        Pod wanted = new PodBuilder(current).withStatus(merged).build();
        return Optional.ofNullable(
                client.pods().inNamespace(namespace).resource(wanted).updateStatus());
    }

    /** Whether the object has that status, in whatever order its conditions stand; the server adds what is empty. */
    private static boolean says(Pod object, PodStatus status) {
        return object.getStatus() != null && content(object.getStatus()).equals(content(status));
    }

    private static JsonNode content(PodStatus status) {
        List<PodCondition> conditions =
                new ArrayList<>(Objects.requireNonNullElse(status.getConditions(), List.<PodCondition>of()));
        conditions.sort(Comparator.comparing(PodCondition::getType));
        PodStatus sorted =
                new PodStatusBuilder(status).withConditions(conditions).build();
        JsonNode content = Json.read(Serialization.asJson(sorted));
        dropEmpty(content);
        return content;
    }

    private static void dropEmpty(JsonNode node) {
        node.forEach(ApiPodClient::dropEmpty);
        if (node instanceof ObjectNode object) {
            object.removeIf(each -> each.isContainer() && each.isEmpty());
        }
    }

    private static boolean isUidConflict(KubernetesClientException e) {
        return String.valueOf(e.getMessage()).contains("UID in precondition");
    }

    /**
     * Conditions of others stay, and so does what the server alone sets. An end that somebody told is neither taken back nor made the other
     * end, as kubelets keep a terminal phase that the API server shows: whoever counts ended pods may have counted it.
     */
    static PodStatus merged(@Nullable PodStatus before, PodStatus status) {
        List<PodCondition> conditions =
                new ArrayList<>(Objects.requireNonNullElse(status.getConditions(), List.<PodCondition>of()));
        List<String> named = conditions.stream().map(PodCondition::getType).toList();
        if (before != null && before.getConditions() != null) {
            before.getConditions().stream()
                    .filter(condition ->
                            !named.contains(condition.getType()) && !PASSING_CONDITIONS.contains(condition.getType()))
                    .forEach(conditions::add);
        }
        PodStatusBuilder merged = new PodStatusBuilder(status).withConditions(conditions);
        if (before != null && status.getQosClass() == null) {
            merged.withQosClass(before.getQosClass());
        }
        if (before != null && saysEnded(before) && !before.getPhase().equals(status.getPhase())) {
            merged.withPhase(before.getPhase()).withReason(before.getReason()).withMessage(before.getMessage());
        }
        return merged.build();
    }

    private static boolean saysEnded(PodStatus status) {
        return "Succeeded".equals(status.getPhase()) || "Failed".equals(status.getPhase());
    }

    @Override
    public void confirmDeletion(Pod pod) throws ObjectUnavailableException {
        String namespace = pod.getMetadata().getNamespace();
        String name = pod.getMetadata().getName();
        String options = Serialization.asJson(new DeleteOptionsBuilder()
                .withApiVersion("v1")
                .withKind("DeleteOptions")
                .withGracePeriodSeconds(0L)
                .withNewPreconditions()
                .withUid(pod.getMetadata().getUid())
                .endPreconditions()
                .build());
        try {
            client.raw("/api/v1/namespaces/" + namespace + "/pods/" + name, "DELETE", options);
        } catch (KubernetesClientException e) {
            if (e.getCode() != NOT_FOUND && e.getCode() != CONFLICT) {
                throw ObjectUnavailableException.reading("pod", namespace, name, e);
            }
        }
    }
}
