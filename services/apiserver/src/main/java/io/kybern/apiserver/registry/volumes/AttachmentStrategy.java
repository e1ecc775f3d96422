package io.kybern.apiserver.registry.volumes;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.registry.Values;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * VolumeAttachments: one volume at one node, for good. See <a
 * href="https://kubernetes.io/docs/reference/kubernetes-api/storage/volume-attachment-v1/">VolumeAttachment</a>.
 */
public final class AttachmentStrategy extends GenericStrategy {

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final FieldPath SOURCE = SPEC.child("source");
    private static final FieldPath STATUS = FieldPath.of("status");
    private static final String ONE_SOURCE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
    private static final int MAX_METADATA_BYTES = 256 * 1024;
    private static final int MAX_MESSAGE_BYTES = 1024;

    /** The attachments of the API. */
    public AttachmentStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public boolean answersDeletedObject() {
        return true;
    }

    @Override
    protected boolean countsGeneration() {
        return false;
    }

    @Override
    protected void initialStatus(ObjectNode attachment) {
        attachment.putObject("status").put("attached", false);
    }

    @Override
    public boolean allowsUnconditionalUpdate() {
        return false;
    }

    @Override
    protected void validate(ObjectNode attachment, List<FieldError> errors) {
        JsonNode spec = attachment.path("spec");
        DriverNames.validate(spec.path("attacher").asString(""), SPEC.child("attacher"), errors);
        source(spec.path("source"), errors);
        String node = spec.path("nodeName").asString("");
        Names.dns1123Subdomain(node)
                .forEach(fault -> errors.add(FieldError.invalid(SPEC.child("nodeName"), node, fault)));
        status(attachment.path("status"), errors);
    }

    private static void source(JsonNode source, List<FieldError> errors) {
        JsonNode volume = source.path("persistentVolumeName");
        boolean inline = source.path("inlineVolumeSpec").isObject();
        FieldPath field = SOURCE.child("persistentVolumeName");
        if (inline && volume.isString()) {
            errors.add(FieldError.forbidden(SOURCE, ONE_SOURCE));
        } else if (!inline && !volume.isString()) {
            errors.add(FieldError.required(SOURCE, ONE_SOURCE));
        } else if (!inline && volume.asString().isEmpty()) {
            errors.add(FieldError.required(field, "must specify non empty persistentVolumeName"));
        } else if (!inline) {
            Names.dns1123Subdomain(volume.asString())
                    .forEach(fault -> errors.add(FieldError.invalid(field, volume.asString(), fault)));
        }
    }

    private static void status(JsonNode status, List<FieldError> errors) {
        int size = 0;
        for (Map.Entry<String, JsonNode> entry :
                status.path("attachmentMetadata").properties()) {
            size += bytes(entry.getKey()) + bytes(entry.getValue().asString(""));
        }
        if (size > MAX_METADATA_BYTES) {
            errors.add(FieldError.tooLong(STATUS.child("attachmentMetadata"), MAX_METADATA_BYTES));
        }
        for (String each : List.of("attachError", "detachError")) {
            JsonNode error = status.path(each);
            if (bytes(error.path("message").asString("")) > MAX_MESSAGE_BYTES) {
                errors.add(FieldError.tooLong(STATUS.child(each, "message"), MAX_METADATA_BYTES));
            }
            if (error.path("errorCode").asLong(0) < 0) {
                errors.add(FieldError.invalid(
                        STATUS.child(each, "errorCode"),
                        error.path("errorCode"),
                        "must be between 0 and " + Integer.MAX_VALUE + ", inclusive"));
            }
        }
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    @Override
    protected void validateChange(ObjectNode attachment, ObjectNode old, List<FieldError> errors) {
        validate(attachment, errors);
        Values.immutable(attachment.path("spec"), old.path("spec"), SPEC, errors);
    }

    @Override
    protected void validateStatus(ObjectNode attachment, ObjectNode old, List<FieldError> errors) {
        status(attachment.path("status"), errors);
    }
}
