package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.KubeObject;
import io.kybern.api.Verb;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.storage.StoredObject;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Deletes pods for those who want them off their node, as far as the disruption budgets allow; see "API-initiated Eviction". */
final class Evictions {

    private static final GroupVersionKind EVICTION = new GroupVersionKind("policy", "v1", "Eviction");
    /** Went as an API and stayed as a body: clients that know no newer one still evict with it. */
    private static final String BETA = "policy/v1beta1";

    private static final Set<String> DISRUPTED_ANYWAY = Set.of("Pending", "Succeeded", "Failed");
    private static final int MAX_ATTEMPTS = 20;

    private final ObjectWriter writer;
    private final Deletion deletion;
    private final BodyReader bodies;
    private final DisruptionGuard guard;
    private final Clock clock;

    Evictions(ObjectWriter writer, Deletion deletion, BodyReader bodies, DisruptionGuard guard, Clock clock) {
        this.writer = writer;
        this.deletion = deletion;
        this.bodies = bodies;
        this.guard = guard;
        this.clock = clock;
    }

    /** Deletes a pod as its eviction asks. */
    ApiResponse evict(Target target, Verb verb, ApiRequest request) {
        WriteOptions options = WriteOptions.read(request, "CreateOptions");
        ObjectNode eviction = bodies.readAlso(request, EVICTION, BETA, options.fieldValidation());
        String name = request.info().name();
        if (!KubeObject.name(eviction).isEmpty() && !KubeObject.name(eviction).equals(name)) {
            throw ApiException.badRequest("name in URL does not match name in Eviction object: %s does not match %s"
                    .formatted(name, KubeObject.name(eviction)));
        }
        DeleteOptions wanted = DeleteOptions.of(eviction.path("deleteOptions"));
        boolean dryRun = options.dryRun() || wanted.dryRun();
        WriteContext context =
                new WriteContext(target, request, request.info().namespace(), dryRun, options.fieldManager());
        writer.admitSent(context, name, eviction);
        context = context.admittedAs(AdmittedForm.DONE);
        return SuccessAnswer.created(request, evict(context, name, wanted));
    }

    private long evict(WriteContext context, String name, DeleteOptions wanted) {
        boolean versionAsked = wanted.resourceVersion() != null;
        for (int attempt = 1; ; attempt++) {
            ObjectNode pod = pod(context, name);
            if (!isDisrupted(pod)) {
                return evictRunning(context, pod, wanted);
            }
            // a pending pod may have begun to run meanwhile, and then it is the budgets' again
            boolean pending = pod.path("status").path("phase").asString("").equals("Pending");
            try {
                return delete(context, name, pending && !versionAsked ? wanted.withVersion(version(pod)) : wanted);
            } catch (ApiException e) {
                if (!isConflict(e) || versionAsked || attempt >= MAX_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private ObjectNode pod(WriteContext context, String name) {
        Target target = context.target();
        StoredObject found = StorageFailures.await(
                        writer.store().get(target.type(), target.key(context.namespace(), name)),
                        target.resource(),
                        name,
                        "get")
                .orElseThrow(() -> ApiException.notFound(target.resource(), name));
        return found.tree();
    }

    private static boolean isDisrupted(JsonNode pod) {
        return KubeObject.isBeingDeleted(pod)
                || DISRUPTED_ANYWAY.contains(pod.path("status").path("phase").asString(""));
    }

    private long evictRunning(WriteContext context, ObjectNode pod, DeleteOptions wanted) {
        Optional<String> uncounted = guard.admit(pod, context.dryRun());
        if (uncounted.isEmpty()) {
            return delete(context, KubeObject.name(pod), wanted);
        }
        boolean versionAsked = wanted.resourceVersion() != null;
        try {
            return delete(context, KubeObject.name(pod), versionAsked ? wanted : wanted.withVersion(version(pod)));
        } catch (ApiException e) {
            if (isConflict(e) && !versionAsked) {
                throw DisruptionGuard.stillProcessed(uncounted.get());
            }
            throw e;
        }
    }

    private static String version(JsonNode pod) {
        return KubeObject.resourceVersion(pod);
    }

    private static boolean isConflict(ApiException e) {
        return e.status().code() == 409;
    }

    /** Says in the pod's status why it goes, and deletes it in that state if the caller wanted one state only. */
    private long delete(WriteContext context, String name, DeleteOptions wanted) {
        DeleteOptions options = wanted;
        if (!context.dryRun()) {
            WriteContext own = context.on(
                    context.target().with(new PartStrategy(context.target().strategy())));
            Written marked = writer.update(own, name, pod -> {
                Deletion.checkPreconditions(context.target(), name, pod, wanted);
                return marked(pod);
            });
            if (wanted.resourceVersion() != null) {
                options = wanted.withVersion(Long.toString(marked.revision()));
            }
        }
        return deletion.delete(context, name, options).revision();
    }

    private ObjectNode marked(ObjectNode pod) {
        ObjectNode status = Absent.object(pod, "status");
        ArrayNode conditions =
                status.get("conditions") instanceof ArrayNode present ? present : status.putArray("conditions");
        String since = ObjectWriter.timestamp(clock.instant());
        for (int i = conditions.size() - 1; i >= 0; i--) {
            JsonNode condition = conditions.get(i);
            if (condition.path("type").asString("").equals("DisruptionTarget")) {
                if (condition.path("status").asString("").equals("True")) {
                    since = condition.path("lastTransitionTime").asString(since);
                }
                conditions.remove(i);
            }
        }
        conditions
                .addObject()
                .put("type", "DisruptionTarget")
                .put("status", "True")
                .putNull("lastProbeTime")
                .put("lastTransitionTime", since)
                .put("reason", "EvictionByEvictionAPI")
                .put("message", "Eviction API: evicting");
        return pod;
    }
}
