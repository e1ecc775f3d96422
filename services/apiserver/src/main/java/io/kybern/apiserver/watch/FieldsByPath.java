package io.kybern.apiserver.watch;

import io.kybern.api.Json;
import java.util.AbstractMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The fields of an object of which any may be asked for: a few are known, all others are read from the object when they are wanted.
 * Which of them readers may name can change while the object stays.
 */
final class FieldsByPath extends AbstractMap<String, String> {

    private final Map<String, String> known;
    private final byte[] encoded;

    FieldsByPath(Map<String, String> known, byte[] encoded) {
        this.known = known;
        this.encoded = encoded;
    }

    @Override
    public Set<Entry<String, String>> entrySet() {
        return known.entrySet();
    }

    @Override
    public @Nullable String get(Object path) {
        String value = known.get(path);
        if (value != null || !(path instanceof String text)) {
            return value;
        }
        JsonNode found = Json.read(encoded);
        for (String name : text.split("\\.")) {
            found = found.path(name);
        }
        return found.asString("");
    }
}
