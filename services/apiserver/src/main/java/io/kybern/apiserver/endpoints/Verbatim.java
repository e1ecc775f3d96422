package io.kybern.apiserver.endpoints;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.util.RawValue;

/** A bad value that a message shows as it is, without quotes. */
final class Verbatim {

    private Verbatim() {}

    static JsonNode of(String text) {
        return JsonNodeFactory.instance.rawValueNode(new RawValue(text));
    }
}
