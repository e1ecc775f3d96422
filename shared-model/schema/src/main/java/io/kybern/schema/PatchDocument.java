package io.kybern.schema;

import io.kybern.api.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.JsonNode;

/**
 * The body of a patch request, before it is applied.
 *
 * @param patch the document
 * @param strictErrors what a strict reader objects to: {@code duplicate field "spec.replicas"}, and for the operations of a JSON
 *     patch {@code json patch unknown field "[0].foo"}
 */
public record PatchDocument(JsonNode patch, List<String> strictErrors) {

    private static final Set<String> OPERATION = Set.of("op", "path", "from", "value");

    public PatchDocument {
        strictErrors = List.copyOf(strictErrors);
    }

    /**
     * Reads a merge patch or a strategic merge patch.
     *
     * @throws PatchException if it is not JSON; the message is the bare cause, for example {@code unexpected end of JSON input}
     */
    public static PatchDocument read(byte[] json) throws PatchException {
        try (JsonParser parser = Json.mapper().createParser(json)) {
            TypedReader reader = new TypedReader(parser, Map.of());
            JsonNode patch = reader.readAny();
            return new PatchDocument(patch, reader.strictErrors());
        } catch (TypedReader.Refused refused) {
            throw PatchException.malformed(GoSyntax.error(json).orElse(String.valueOf(refused.getMessage())));
        } catch (JacksonException e) {
            throw PatchException.malformed(GoSyntax.error(json).orElse(e.getOriginalMessage()));
        }
    }

    /** Reads a JSON patch; otherwise the same. */
    public static PatchDocument readOperations(byte[] json) throws PatchException {
        PatchDocument document = read(json);
        List<String> errors = new ArrayList<>();
        document.strictErrors.forEach(error -> errors.add("json patch " + error));
        int index = 0;
        for (JsonNode operation : document.patch) {
            for (Map.Entry<String, JsonNode> field : operation.properties()) {
                if (!OPERATION.contains(field.getKey())) {
                    errors.add("json patch unknown field \"[" + index + "]." + field.getKey() + "\"");
                }
            }
            index++;
        }
        return new PatchDocument(document.patch, errors);
    }
}
