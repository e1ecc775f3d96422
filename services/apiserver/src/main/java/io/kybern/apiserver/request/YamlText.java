package io.kybern.apiserver.request;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.status.ApiException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/** Trees as YAML, and bodies in YAML as JSON. */
final class YamlText {

    private static final YAMLMapper MAPPER = YAMLMapper.builder()
            .disable(YAMLWriteFeature.WRITE_DOC_START_MARKER)
            .enable(YAMLWriteFeature.MINIMIZE_QUOTES)
            .enable(YAMLWriteFeature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .build();

    private YamlText() {}

    /** Writes a tree. */
    static byte[] write(JsonNode tree) {
        return MAPPER.writeValueAsBytes(tree);
    }

    /** A YAML body as JSON; 400 if it is not YAML. */
    static byte[] toJson(byte[] yaml, GroupVersionKind expected) {
        try {
            return Json.bytes(YamlReader.read(yaml));
        } catch (YamlException e) {
            throw unreadable(expected, e.text());
        } catch (JacksonException e) {
            // by aliases of aliases it may become deeper than it is written
            throw unreadable(expected, e.getOriginalMessage());
        }
    }

    private static ApiException unreadable(GroupVersionKind expected, String problem) {
        return ApiException.badRequest(
                "the object provided is unrecognized (must be of type %s): couldn't get version/kind; json parse error: error converting YAML to JSON: yaml: %s"
                        .formatted(expected.kind(), problem));
    }
}
