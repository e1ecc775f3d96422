package io.kybern.lifecycle.core.quota;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kybern.api.Json;
import io.kybern.lifecycle.core.PartialObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A quota, or an object that quotas measure: of pods, services and claims only that is kept which counts.
 */
@JsonDeserialize(using = JsonDeserializer.None.class)
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public final class MeasuredObject extends PartialObject {

    private static final List<String> SPEC = List.of(
            "activeDeadlineSeconds",
            "affinity",
            "allocateLoadBalancerNodePorts",
            "containers",
            "hard",
            "initContainers",
            "overhead",
            "ports",
            "priorityClassName",
            "resources",
            "scopes",
            "scopeSelector",
            "storageClassName",
            "type");
    private static final List<String> CONTAINER = List.of("name", "resources", "restartPolicy");
    private static final List<String> STATUS = List.of("allocatedResources", "hard", "phase", "used");
    private static final String CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class";

    private @Nullable JsonNode spec;
    private @Nullable JsonNode status;

    /** The object as far as quotas go, as a tree of its own. */
    public tools.jackson.databind.node.ObjectNode counted() {
        tools.jackson.databind.node.ObjectNode tree = Json.object();
        tools.jackson.databind.node.ObjectNode about = tree.putObject("metadata");
        about.put("name", getMetadata().getName());
        if (getMetadata().getDeletionTimestamp() != null) {
            about.put("deletionTimestamp", getMetadata().getDeletionTimestamp());
        }
        if (getMetadata().getDeletionGracePeriodSeconds() != null) {
            about.put("deletionGracePeriodSeconds", getMetadata().getDeletionGracePeriodSeconds());
        }
        if (getMetadata().getAnnotations() != null
                && getMetadata().getAnnotations().containsKey(CLASS_ANNOTATION)) {
            about.putObject("annotations")
                    .put(CLASS_ANNOTATION, getMetadata().getAnnotations().get(CLASS_ANNOTATION));
        }
        if (spec != null) {
            tree.set("spec", Json.read(spec.toString()));
        }
        if (status != null) {
            tree.set("status", Json.read(status.toString()));
        }
        return tree;
    }

    private static JsonNode kept(JsonNode from, List<String> fields) {
        ObjectNode kept = JsonNodeFactory.instance.objectNode();
        for (String field : fields) {
            JsonNode value = from.get(field);
            if (value != null && field.endsWith("ontainers")) {
                value.forEach(each -> kept.withArray(field).add(kept(each, CONTAINER)));
            } else if (value != null) {
                kept.set(field, value);
            }
        }
        return kept;
    }

    /** For the model library. */
    public @Nullable JsonNode getSpec() {
        return spec;
    }

    /** For the model library. */
    public void setSpec(JsonNode spec) {
        this.spec = kept(spec, SPEC);
    }

    /** For the model library. */
    public @Nullable JsonNode getStatus() {
        return status;
    }

    /** For the model library. */
    public void setStatus(JsonNode status) {
        this.status = kept(status, STATUS);
    }
}
