package io.kybern.schema;

import io.kybern.api.Json;
import io.kybern.api.ResourceType;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Writes one document, piece by piece: no more than one path or definition is in memory as a tree. */
final class OpenApiWriter {

    private final OpenApiDefinitions catalog;
    private final OpenApiDialect dialect;
    private final String version;

    OpenApiWriter(OpenApiDefinitions catalog, OpenApiDialect dialect, String version) {
        this.catalog = catalog;
        this.dialect = dialect;
        this.version = version;
    }

    /** The index of the OpenAPI 3 documents. */
    static byte[] index(Map<String, String> hashes) {
        ObjectNode index = Json.object();
        ObjectNode paths = index.putObject("paths");
        hashes.forEach((path, hash) ->
                paths.putObject(path).put("serverRelativeURL", "/openapi/v3/" + path + "?hash=" + hash));
        return Json.bytes(index);
    }

    /** Writes the document of those resources; the stream stays open. */
    void write(Collection<ResourceType> types, OutputStream out) {
        try (JsonGenerator json = Json.mapper().createGenerator(new Unclosed(out))) {
            json.writeStartObject();
            boolean v2 = dialect == OpenApiDialect.V2;
            json.writeStringProperty(v2 ? "swagger" : "openapi", v2 ? "2.0" : "3.0.0");
            json.writeName("info");
            json.writeTree(Json.object().put("title", "Kubernetes").put("version", version));
            TreeSet<String> used = writePaths(types, json);
            if (v2) {
                json.writeName("definitions");
                writeDefinitions(used, json);
                writeSecurityV2(json);
            } else {
                json.writeName("components");
                json.writeStartObject();
                json.writeName("schemas");
                writeDefinitions(used, json);
                json.writeName("securitySchemes");
                json.writeTree(bearerToken());
                json.writeEndObject();
            }
            json.writeEndObject();
        }
    }

    /** Answers the definitions that the operations use. */
    private TreeSet<String> writePaths(Collection<ResourceType> types, JsonGenerator json) {
        TreeSet<String> used = new TreeSet<>();
        json.writeName("paths");
        json.writeStartObject();
        for (ResourceType type : types) {
            OpenApiPaths paths = new OpenApiPaths(type, new OpenApiOperations(catalog, dialect, used));
            paths.write((path, item) -> {
                json.writeName(path);
                json.writeTree(item);
            });
        }
        json.writeEndObject();
        return used;
    }

    private void writeDefinitions(TreeSet<String> used, JsonGenerator json) {
        Deque<String> open = new ArrayDeque<>(used);
        Map<String, String> texts = new HashMap<>();
        while (!open.isEmpty()) {
            String name = open.remove();
            ObjectNode document = catalog.document(name);
            texts.put(name, document.path("description").asString(""));
            references(document, used, open);
        }
        json.writeStartObject();
        for (String name : used) {
            json.writeName(name);
            json.writeTree(dialect.definition(name, catalog.document(name), each -> texts.getOrDefault(each, "")));
        }
        json.writeEndObject();
    }

    private static void references(JsonNode node, TreeSet<String> found, Deque<String> open) {
        JsonNode reference = node.path("$ref");
        if (reference.isString() && found.add(reference.asString())) {
            open.add(reference.asString());
        }
        node.forEach(child -> {
            if (child.isContainer()) {
                references(child, found, open);
            }
        });
    }

    private static void writeSecurityV2(JsonGenerator json) {
        json.writeName("securityDefinitions");
        json.writeTree(bearerToken());
        json.writeName("security");
        json.writeStartArray();
        ObjectNode bearer = Json.object();
        bearer.putArray("BearerToken");
        json.writeTree(bearer);
        json.writeEndArray();
    }

    private static ObjectNode bearerToken() {
        ObjectNode schemes = Json.object();
        schemes.putObject("BearerToken")
                .put("description", "Bearer token authentication")
                .put("in", "header")
                .put("name", "authorization")
                .put("type", "apiKey");
        return schemes;
    }

    /** The generator closes what it writes to; the owner of the stream does that. */
    private static final class Unclosed extends FilterOutputStream {

        Unclosed(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            out.flush();
        }
    }
}
