package io.kybern.apiserver.request;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.status.ApiException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/** Reads and writes trees as YAML. */
final class YamlText {

    private static final YAMLMapper MAPPER = YAMLMapper.builder()
            .disable(YAMLWriteFeature.WRITE_DOC_START_MARKER)
            .enable(YAMLWriteFeature.MINIMIZE_QUOTES)
            .enable(YAMLWriteFeature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private YamlText() {}

    /** Writes a tree. */
    static byte[] write(JsonNode tree) {
        return MAPPER.writeValueAsBytes(tree);
    }

    /** Reads a tree. */
    static JsonNode read(byte[] yaml) {
        return MAPPER.readTree(yaml);
    }

    /** The parts of a document one by one, with their lines. */
    static JsonParser parser(byte[] yaml) {
        return MAPPER.createParser(yaml);
    }

    /** A YAML body as JSON; 400 if it is not YAML. */
    static byte[] toJson(byte[] yaml, GroupVersionKind expected) {
        try {
            return Json.bytes(MAPPER.readTree(yaml));
        } catch (JacksonException e) {
            throw ApiException.badRequest(
                    "the object provided is unrecognized (must be of type %s): couldn't get version/kind; json parse error: error converting YAML to JSON: %s"
                            .formatted(expected.kind(), e.getOriginalMessage()));
        }
    }
}
