package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupResource;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.api.selector.LabelSelector;
import io.kybern.api.status.ApiException;
import io.kybern.api.status.Status;
import io.kybern.api.status.StatusCause;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.StorageException;
import io.kybern.apiserver.storage.StoredObject;
import io.kybern.apiserver.watch.CachedObject;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.WatchCache;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks the disruption budgets of a pod whether it may be evicted, and takes the disruption off the one that it has: by a write over
 * the state that was looked at, so that two evictions never share one disruption. See "Specifying a Disruption Budget" and
 * "API-initiated Eviction" in the Kubernetes documentation.
 */
final class DisruptionGuard {

    private static final int MAX_ATTEMPTS = 20;
    /** As many evictions may wait for the controller to see that their pods go. */
    private static final int MAX_DISRUPTED = 2000;

    private static final int RETRY_SECONDS = 10;
    private static final String NOT_NOW = "Cannot evict pod as it would violate the pod's disruption budget.";
    private static final String ALLOWED = "DisruptionAllowed";
    private static final GroupResource RESOURCE = new GroupResource("policy", "poddisruptionbudgets");
    private static final GroupResource NAMED = new GroupResource("policy", "poddisruptionbudget");

    private final ObjectStore store;
    private final WatchCache cache;
    private final Clock clock;
    private final ResourceType type = ResourceRegistry.builtIn().require("policy", "v1", "poddisruptionbudgets");

    DisruptionGuard(ObjectStore store, WatchCache cache, Clock clock) {
        this.store = store;
        this.cache = cache;
        this.clock = clock;
    }

    /** The answer to who may not be evicted now. */
    static ApiException stillProcessed(String budget) {
        return refused(
                "The disruption budget %s is still being processed by the server.".formatted(budget), RETRY_SECONDS);
    }

    private static ApiException refused(String why, int retryAfterSeconds) {
        return ApiException.of(new Status(
                429,
                "TooManyRequests",
                NOT_NOW,
                new Status.Details(
                        "", "", "", "", List.of(new StatusCause("DisruptionBudget", why, "")), retryAfterSeconds)));
    }

    /**
     * Allows the eviction of a running pod, or throws what is to be answered.
     *
     * @return the budget under which the pod goes without being counted, because it is not healthy; then it may only be deleted in
     *     the state that it is in. Empty if its disruption was counted, or no budget has it
     */
    Optional<String> admit(ObjectNode pod, boolean dryRun) {
        List<JsonNode> budgets = budgetsOf(pod);
        if (budgets.isEmpty()) {
            return Optional.empty();
        }
        if (budgets.size() > 1) {
            throw ApiException.of(new Status(
                    500,
                    "",
                    "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
                    null));
        }
        JsonNode budget = budgets.getFirst();
        if (!isReady(pod) && mayGoUncounted(budget)) {
            return Optional.of(KubeObject.name(budget));
        }
        count(KubeObject.key(budget), KubeObject.name(pod), dryRun);
        return Optional.empty();
    }

    private List<JsonNode> budgetsOf(ObjectNode pod) {
        List<JsonNode> found = new ArrayList<>();
        for (CachedObject each :
                cache.snapshot(RESOURCE, RevisionRequest.latest()).join().range(KubeObject.namespace(pod), null)) {
            JsonNode budget = each.tree();
            JsonNode selector = budget.path("spec").path("selector");
            if (selector.isObject() && LabelSelector.of(selector).matches(KubeObject.labels(pod))) {
                found.add(budget);
            }
        }
        return found;
    }

    private static boolean isReady(JsonNode pod) {
        for (JsonNode condition : pod.path("status").path("conditions")) {
            if (condition.path("type").asString("").equals("Ready")) {
                return condition.path("status").asString("").equals("True");
            }
        }
        return false;
    }

    /** A pod that is not healthy is no part of what the budget keeps, if the budget is kept, or if it says so. */
    private static boolean mayGoUncounted(JsonNode budget) {
        if (budget.path("spec").path("unhealthyPodEvictionPolicy").asString("").equals("AlwaysAllow")) {
            return true;
        }
        long desired = budget.path("status").path("desiredHealthy").asLong(0);
        return desired > 0 && budget.path("status").path("currentHealthy").asLong(0) >= desired;
    }

    private void count(ObjectKey key, String pod, boolean dryRun) {
        for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
            StoredObject found = StorageFailures.await(store.get(type, key), RESOURCE, key.name(), "get")
                    .orElseThrow(() -> ApiException.notFound(RESOURCE, key.name()));
            ObjectNode budget = found.tree();
            check(budget);
            if (dryRun) {
                return;
            }
            take(budget, pod);
            try {
                store.update(type, key, found.revision(), budget).join();
                return;
            } catch (CompletionException e) {
                StorageException failure = StorageException.of(e);
                if (!(failure instanceof StorageException.Conflict)) {
                    throw StorageFailures.translate(failure, RESOURCE, key.name(), "update");
                }
            }
        }
        throw ApiException.timeout(
                "couldn't update PodDisruptionBudget \"%s\" due to conflicts".formatted(key.name()), RETRY_SECONDS);
    }

    private static void check(JsonNode budget) {
        String name = KubeObject.name(budget);
        JsonNode status = budget.path("status");
        if (status.path("observedGeneration").asLong(0) < KubeObject.generation(budget)) {
            throw stillProcessed(name);
        }
        long allowed = status.path("disruptionsAllowed").asLong(0);
        if (allowed < 0) {
            throw ApiException.forbidden(NAMED, name, "pdb disruptions allowed is negative");
        }
        if (status.path("disruptedPods").size() > MAX_DISRUPTED) {
            throw ApiException.forbidden(
                    NAMED, name, "DisruptedPods map too big - too many evictions not confirmed by PDB controller");
        }
        if (allowed > 0) {
            return;
        }
        for (JsonNode condition : status.path("conditions")) {
            boolean failed = condition.path("type").asString("").equals(ALLOWED)
                    && condition.path("status").asString("").equals("False")
                    && condition.path("reason").asString("").equals("SyncFailed");
            if (failed) {
                throw refused(
                        "The disruption budget %s does not allow evicting pods currently because it failed sync: %s"
                                .formatted(name, condition.path("message").asString("")),
                        0);
            }
        }
        throw refused(
                "The disruption budget %s needs %d healthy pods and has %d currently"
                        .formatted(
                                name,
                                status.path("desiredHealthy").asLong(0),
                                status.path("currentHealthy").asLong(0)),
                0);
    }

    private void take(ObjectNode budget, String pod) {
        ObjectNode status = Absent.object(budget, "status");
        String now = ObjectWriter.timestamp(clock.instant());
        int left = status.path("disruptionsAllowed").asInt(0) - 1;
        status.put("disruptionsAllowed", left);
        Absent.object(status, "disruptedPods").put(pod, now);
        if (left > 0) {
            return;
        }
        Absent.each(status.path("conditions"), condition -> {
            if (condition.path("type").asString("").equals(ALLOWED)) {
                if (!condition.path("status").asString("").equals("False")) {
                    condition.put("status", "False").put("lastTransitionTime", now);
                }
                condition.put("reason", "InsufficientPods").put("message", "");
            }
        });
    }
}
