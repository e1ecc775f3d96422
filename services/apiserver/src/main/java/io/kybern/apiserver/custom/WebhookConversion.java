package io.kybern.apiserver.custom;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.status.ApiException;
import io.kybern.api.status.Status;
import io.kybern.apiserver.webhooks.WebhookCallException;
import io.kybern.apiserver.webhooks.WebhookClient;
import io.kybern.apiserver.webhooks.WebhookTarget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Lets a webhook convert; see "Webhook conversion" in "Versions in CustomResourceDefinitions". Only labels and annotations of the
 * metadata are the webhook's to change.
 */
final class WebhookConversion implements Conversion {

    /** Kubernetes gives every conversion so long, and there is no field for it. */
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private static final String GROUP = "apiextensions.k8s.io";
    private static final String KIND = "ConversionReview";

    private final WebhookTarget target;
    private final String version;
    private final WebhookClient webhooks;

    private WebhookConversion(WebhookTarget target, String version, WebhookClient webhooks) {
        this.target = target;
        this.version = version;
        this.webhooks = webhooks;
    }

    /** The webhook of {@code spec.conversion.webhook}. */
    static WebhookConversion of(JsonNode webhook, WebhookClient webhooks) {
        String version = "";
        for (JsonNode each : webhook.path("conversionReviewVersions")) {
            String name = each.asString("");
            if (version.isEmpty() && (name.equals("v1") || name.equals("v1beta1"))) {
                version = name;
            }
        }
        return new WebhookConversion(WebhookTarget.of(webhook.path("clientConfig")), version, webhooks);
    }

    @Override
    public List<ObjectNode> convert(List<ObjectNode> objects, String apiVersion) {
        String uid = UUID.randomUUID().toString();
        String what = "conversion webhook for %s".formatted(KubeObject.gvk(objects.getFirst()));
        JsonNode answer;
        try {
            answer = webhooks.post(target, TIMEOUT, review(objects, apiVersion, uid));
        } catch (WebhookCallException e) {
            throw failed("%s failed: %s".formatted(what, e.why()));
        }
        JsonNode converted = converted(answer, uid, what);
        if (converted.size() != objects.size()) {
            throw failed("%s returned %d objects, expected %d".formatted(what, converted.size(), objects.size()));
        }
        List<ObjectNode> all = new ArrayList<>(objects.size());
        for (int i = 0; i < objects.size(); i++) {
            all.add(checked(
                    objects.get(i),
                    converted.get(i),
                    apiVersion,
                    "%s returned invalid converted object at index %d: ".formatted(what, i)));
        }
        return all;
    }

    private ObjectNode review(List<ObjectNode> objects, String apiVersion, String uid) {
        ObjectNode review = Json.object().put("kind", KIND).put("apiVersion", GROUP + "/" + version);
        ObjectNode request = review.putObject("request").put("uid", uid).put("desiredAPIVersion", apiVersion);
        ArrayNode list = request.putArray("objects");
        objects.forEach(list::add);
        return review;
    }

    private JsonNode converted(JsonNode answer, String uid, String what) {
        JsonNode response = answer.path("response");
        String kind = answer.path("kind").asString("");
        String apiVersion = answer.path("apiVersion").asString("");
        boolean strict = version.equals("v1");
        if (strict && !(kind.equals(KIND) && apiVersion.equals(GROUP + "/v1"))) {
            throw failed("%s failed: expected webhook response of %s/v1, Kind=%s, got %s, Kind=%s"
                    .formatted(what, GROUP, KIND, apiVersion, kind));
        }
        if (!response.isObject()) {
            throw failed(what + " failed: no response provided");
        }
        String own = response.path("uid").asString("");
        if (strict && !own.equals(uid)) {
            throw failed("%s failed: expected response.uid=\"%s\", got \"%s\"".formatted(what, uid, own));
        }
        String status = response.path("result").path("status").asString("");
        if (!status.equals("Success")) {
            String message = response.path("result").path("message").asString("");
            throw failed("%s failed: %s"
                    .formatted(
                            what,
                            message.isEmpty()
                                    ? "response.result.status was '%s', not 'Success'".formatted(status)
                                    : message));
        }
        return response.path("convertedObjects");
    }

    private static ObjectNode checked(ObjectNode before, JsonNode after, String apiVersion, String prefix) {
        if (!(after instanceof ObjectNode object)) {
            throw failed(prefix + "invalid type");
        }
        String got = object.path("apiVersion").asString("");
        if (!got.equals(apiVersion)) {
            throw failed("%sinvalid groupVersion (expected %s, received %s)".formatted(prefix, apiVersion, got));
        }
        same("kind", before.path("kind").asString(""), object.path("kind").asString(""), prefix);
        if (!(object.get("metadata") instanceof ObjectNode metadata)) {
            throw failed(prefix + "missing metadata in converted object");
        }
        same("name", KubeObject.name(before), KubeObject.name(object), prefix);
        same("namespace", KubeObject.namespace(before), KubeObject.namespace(object), prefix);
        same("UID", KubeObject.uid(before), KubeObject.uid(object), prefix);
        ObjectNode kept = KubeObject.metadata(before).deepCopy();
        for (String field : List.of("labels", "annotations")) {
            kept.remove(field);
            if (metadata.path(field).isObject()) {
                kept.set(field, metadata.get(field));
            }
        }
        object.set("metadata", kept);
        return object;
    }

    private static void same(String what, String before, String after, String prefix) {
        if (!before.equals(after)) {
            throw failed("%smust have the same %s: %s != %s".formatted(prefix, what, before, after));
        }
    }

    private static ApiException failed(String message) {
        return ApiException.of(new Status(500, "", message, null));
    }
}
