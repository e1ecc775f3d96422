package io.kybern.apiserver.admission.webhooks;

import io.kybern.apiserver.admission.matching.MatchCriteria;
import io.kybern.apiserver.cel.AdmissionEnvironment;
import io.kybern.apiserver.cel.MatchConditions;
import io.kybern.apiserver.webhooks.WebhookTarget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * One webhook of a configuration; see "Webhook configuration" in "Dynamic Admission Control".
 *
 * @param configuration the name of the object that declares it
 * @param name its own name, as messages give it
 * @param criteria the requests that it wants to see
 * @param conditions {@code matchConditions}, which narrow the criteria further
 * @param target where it is
 * @param timeout how long it may take
 * @param reviewVersions the versions of AdmissionReview that it takes, best first
 * @param failsOpen whether a request goes on when the webhook cannot be asked
 * @param takesDryRun whether it may be asked about a request that stores nothing
 * @param reinvocable whether it wants to look again when another one changed the object after it
 */
record Webhook(
        String configuration,
        String name,
        MatchCriteria criteria,
        MatchConditions conditions,
        WebhookTarget target,
        Duration timeout,
        List<String> reviewVersions,
        boolean failsOpen,
        boolean takesDryRun,
        boolean reinvocable) {

    private static final int DEFAULT_TIMEOUT_SECONDS = 10;
    private static final Set<String> HARMLESS = Set.of("None", "NoneOnDryRun");

    Webhook {
        reviewVersions = List.copyOf(reviewVersions);
    }

    static Webhook of(String configuration, JsonNode declared) {
        List<String> versions = new ArrayList<>();
        declared.path("admissionReviewVersions").forEach(each -> versions.add(each.asString("")));
        return new Webhook(
                configuration,
                declared.path("name").asString(""),
                MatchCriteria.ofWebhook(declared),
                new MatchConditions(
                        AdmissionEnvironment.matchConditions(),
                        declared.path("matchConditions"),
                        declared.path("failurePolicy").asString("")),
                WebhookTarget.of(declared.path("clientConfig")),
                Duration.ofSeconds(declared.path("timeoutSeconds").asInt(DEFAULT_TIMEOUT_SECONDS)),
                versions,
                declared.path("failurePolicy").asString("").equals("Ignore"),
                HARMLESS.contains(declared.path("sideEffects").asString("")),
                declared.path("reinvocationPolicy").asString("").equals("IfNeeded"));
    }

    /** Tells it from every other webhook of its kind. */
    String id() {
        return configuration + "/" + name;
    }
}
