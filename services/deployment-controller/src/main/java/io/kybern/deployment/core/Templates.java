package io.kybern.deployment.core;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Compares pod templates and names the ReplicaSets that have them.
 *
 * <p>See "Deployment: Pod-template-hash label" of the Kubernetes documentation. The hash differs in value from that of other
 * implementations, which is allowed: it is stored with the ReplicaSet and never computed again for an existing one.
 */
final class Templates {

    /** The label that tells the pods of one ReplicaSet of a Deployment from those of another. */
    static final String HASH_LABEL = "pod-template-hash";

    /** Letters and digits without vowels and look-alikes, so that no hash reads as a word. */
    private static final String SAFE = "bcdfghjklmnpqrstvwxz2456789";

    private static final int FNV_OFFSET = 0x811c9dc5;
    private static final int FNV_PRIME = 0x01000193;

    private static final ObjectMapper CANONICAL = JsonMapper.builder()
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_EMPTY, JsonInclude.Include.NON_NULL))
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .build();

    private Templates() {}

    /** Whether two templates ask for the same pods, the hash label apart. */
    static boolean sameApartFromHash(PodTemplateSpec one, PodTemplateSpec other) {
        return tree(withoutHash(one)).equals(tree(withoutHash(other)));
    }

    /**
     * The hash of a template.
     *
     * @param collisions how often the name with the hash was taken by another template; each makes another hash
     */
    static String hash(PodTemplateSpec template, @Nullable Integer collisions) {
        int hash = FNV_OFFSET;
        for (byte b : canonical(withoutHash(template)).getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * FNV_PRIME;
        }
        if (collisions != null) {
            for (byte b : Integer.toString(collisions).getBytes(StandardCharsets.US_ASCII)) {
                hash = (hash ^ (b & 0xff)) * FNV_PRIME;
            }
        }
        StringBuilder safe = new StringBuilder();
        for (char digit : Integer.toUnsignedString(hash).toCharArray()) {
            safe.append(SAFE.charAt(digit % SAFE.length()));
        }
        return safe.toString();
    }

    /** A copy of the template with the hash label. */
    static PodTemplateSpec withHash(PodTemplateSpec template, String hash) {
        return new PodTemplateSpecBuilder(template)
                .editOrNewMetadata()
                .addToLabels(HASH_LABEL, hash)
                .endMetadata()
                .build();
    }

    private static PodTemplateSpec withoutHash(PodTemplateSpec template) {
        ObjectMeta metadata = template.getMetadata();
        if (metadata == null
                || metadata.getLabels() == null
                || !metadata.getLabels().containsKey(HASH_LABEL)) {
            return template;
        }
        return new PodTemplateSpecBuilder(template)
                .editMetadata()
                .removeFromLabels(HASH_LABEL)
                .endMetadata()
                .build();
    }

    private static String canonical(PodTemplateSpec template) {
        try {
            return CANONICAL.writeValueAsString(sorted(tree(template)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a template is always JSON", e);
        }
    }

    private static JsonNode tree(PodTemplateSpec template) {
        return pruned(CANONICAL.valueToTree(template));
    }

    /** Drops empty objects, which models and decoders add and leave out as they please. */
    private static JsonNode pruned(JsonNode node) {
        if (node instanceof ObjectNode object) {
            ObjectNode result = CANONICAL.createObjectNode();
            object.properties().forEach(entry -> {
                JsonNode value = entry.getValue();
                boolean absent = value.isNull()
                        || value.isArray() && value.isEmpty()
                        || value.isObject() && value.isEmpty() && entry.getKey().equals("resources");
                if (!absent) {
                    result.set(entry.getKey(), pruned(value));
                }
            });
            return result;
        }
        if (node.isArray()) {
            var array = CANONICAL.createArrayNode();
            node.forEach(element -> array.add(pruned(element)));
            return array;
        }
        return node;
    }

    private static JsonNode sorted(JsonNode node) {
        if (node.isObject()) {
            TreeMap<String, JsonNode> fields = new TreeMap<>();
            node.properties().forEach(entry -> fields.put(entry.getKey(), sorted(entry.getValue())));
            ObjectNode result = CANONICAL.createObjectNode();
            fields.forEach(result::set);
            return result;
        }
        if (node.isArray()) {
            var array = CANONICAL.createArrayNode();
            node.forEach(element -> array.add(sorted(element)));
            return array;
        }
        return node;
    }
}
