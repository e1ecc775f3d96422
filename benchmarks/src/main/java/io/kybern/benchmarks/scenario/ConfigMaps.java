package io.kybern.benchmarks.scenario;

import io.kybern.api.Json;
import io.kybern.benchmarks.client.Request;
import tools.jackson.databind.node.ObjectNode;

/** The objects of most scenarios: ConfigMaps with one filled value. */
final class ConfigMaps {

    static final int KIBIBYTE = 1024;

    private final String path;

    /** @param namespace the path of the namespace that they are in */
    ConfigMaps(String namespace) {
        this.path = namespace + "/configmaps";
    }

    String path() {
        return path;
    }

    String path(String name) {
        return path + "/" + name;
    }

    /** Creates one with a value of that length. */
    Request create(String name, int length) {
        ObjectNode map = Json.object().put("apiVersion", "v1").put("kind", "ConfigMap");
        map.putObject("metadata").put("name", name);
        map.putObject("data").put("value", "x".repeat(length));
        return Request.post(path, map);
    }

    /** Creates one, built from text only: this is on the measured path. */
    Request createFast(String name, String value) {
        return Request.post(
                path,
                "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"" + name
                        + "\"},\"data\":{\"value\":\"" + value + "\"}}");
    }
}
