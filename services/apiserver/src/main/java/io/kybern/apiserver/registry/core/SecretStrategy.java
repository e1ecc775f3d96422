package io.kybern.apiserver.registry.core;

import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.registry.GenericStrategy;
import io.kybern.apiserver.registry.TableShape;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Secrets: plain text that was sent joins the data; some types must hold certain keys. */
public final class SecretStrategy extends GenericStrategy {

    private static final FieldPath DATA = FieldPath.of("data");

    /** The secrets of the API. */
    public SecretStrategy(ResourceType type, TableShape table) {
        super(type, table);
    }

    @Override
    public void applyDefaults(ObjectNode secret) {
        Absent.text(secret, "type", "Opaque");
        JsonNode plain = secret.remove("stringData");
        if (plain != null && !plain.isEmpty()) {
            ObjectNode data = Absent.object(secret, "data");
            for (Map.Entry<String, JsonNode> entry : plain.properties()) {
                byte[] bytes = entry.getValue().asString("").getBytes(StandardCharsets.UTF_8);
                data.put(entry.getKey(), Base64.getEncoder().encodeToString(bytes));
            }
        }
    }

    @Override
    protected void validate(ObjectNode secret, List<FieldError> errors) {
        JsonNode data = secret.path("data");
        long size = 0;
        for (Map.Entry<String, JsonNode> entry : data.properties()) {
            ConfigMapStrategy.key("data", entry.getKey(), errors);
            size += ConfigMapStrategy.decodedSize(entry.getValue().asString(""));
        }
        if (size > ConfigMapStrategy.MAX_BYTES) {
            errors.add(FieldError.tooLong(DATA, ConfigMapStrategy.MAX_BYTES));
        }
        switch (secret.path("type").asString("")) {
            case "kubernetes.io/service-account-token" -> {
                FieldPath account = FieldPath.of("metadata", "annotations").key("kubernetes.io/service-account.name");
                if (KubeObject.annotations(secret)
                        .getOrDefault("kubernetes.io/service-account.name", "")
                        .isEmpty()) {
                    errors.add(FieldError.required(account, ""));
                }
            }
            case "kubernetes.io/dockercfg" -> json(data, ".dockercfg", errors);
            case "kubernetes.io/dockerconfigjson" -> json(data, ".dockerconfigjson", errors);
            case "kubernetes.io/basic-auth" -> {
                if (!data.has("username") && !data.has("password")) {
                    errors.add(FieldError.required(DATA.key("username"), ""));
                    errors.add(FieldError.required(DATA.key("password"), ""));
                }
            }
            case "kubernetes.io/ssh-auth" -> present(data, "ssh-privatekey", errors);
            case "kubernetes.io/tls" -> {
                present(data, "tls.crt", errors);
                present(data, "tls.key", errors);
            }
            default -> {
                // other types hold what their users agree on
            }
        }
    }

    private static void present(JsonNode data, String key, List<FieldError> errors) {
        if (!data.has(key)) {
            errors.add(FieldError.required(DATA.key(key), ""));
        }
    }

    private static void json(JsonNode data, String key, List<FieldError> errors) {
        present(data, key, errors);
        if (data.has(key)) {
            try {
                io.kybern.api.Json.read(
                        Base64.getDecoder().decode(data.path(key).asString("")));
            } catch (JacksonException | IllegalArgumentException e) {
                errors.add(FieldError.invalid(DATA.key(key), "<secret contents redacted>", "not valid JSON"));
            }
        }
    }

    @Override
    protected void validateChange(ObjectNode secret, ObjectNode old, List<FieldError> errors) {
        if (!secret.path("type").equals(old.path("type"))) {
            errors.add(FieldError.invalid(FieldPath.of("type"), secret.path("type"), "field is immutable"));
        }
        ConfigMapStrategy.immutability(secret, old, List.of("data"), errors);
        validate(secret, errors);
    }

    @Override
    public Map<String, String> selectableFields(ObjectNode secret) {
        return Map.of(
                "metadata.name", KubeObject.name(secret),
                "metadata.namespace", KubeObject.namespace(secret),
                "type", secret.path("type").asString(""));
    }

    @Override
    public Set<String> supportedFieldLabels() {
        return Set.of("metadata.name", "metadata.namespace", "type");
    }
}
