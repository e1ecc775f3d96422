package io.kybern.apiserver.request;

import io.kybern.api.Json;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.events.SequenceStartEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads a YAML document as the JSON that it stands for, the way Kubernetes does: by YAML 1.1, of several documents the first one, with
 * aliases and merge keys. What is named twice is one tree, so that aliases of aliases take no memory; how much they would take is counted,
 * and too much is refused. One object reads one document.
 */
final class YamlReader {

    /** Deeper JSON is not read either. */
    private static final int MAX_DEPTH = 500;

    /** Up to here aliases may be anything, after that they may not be nearly all. */
    private static final long FEW_ALIASES = 100;

    private static final long SMALL = 1_000;
    private static final long MEDIUM = 400_000;
    private static final long LARGE = 4_000_000;
    private static final double MOST_OF_MEDIUM = 0.99;
    private static final double MOST_OF_LARGE = 0.10;

    /** What may come out at most, in characters and nodes. */
    private static final long MAX_SIZE = 16 * 1024 * 1024;

    private static final String MERGE = "<<";
    private static final LoadSettings SETTINGS =
            LoadSettings.builder().setCodePointLimit(Integer.MAX_VALUE).build();

    private final Iterator<Event> events;
    private final Map<String, Named> anchors = new HashMap<>();
    private final Set<String> open = new HashSet<>();
    private final List<String> duplicates = new ArrayList<>();
    private long nodes;
    private long aliased;
    private long size;

    /** What an anchor names, and how much it is. */
    private record Named(JsonNode tree, long nodes, long size) {}

    /** A key of a mapping. */
    private record Key(String name, boolean merges) {}

    private YamlReader(byte[] yaml) {
        this.events = new Parse(SETTINGS)
                .parseInputStream(new ByteArrayInputStream(yaml))
                .iterator();
    }

    /**
     * Reads the first document; null if there is none. Of keys that come twice the last one counts.
     *
     * @throws YamlException if it is not YAML
     */
    static JsonNode read(byte[] yaml) {
        // what is named twice is no longer shared then
        return Json.read(Json.bytes(new YamlReader(yaml).document()));
    }

    /** What a strict reader objects to: keys that come twice, with their lines. */
    static List<String> duplicates(byte[] yaml) {
        YamlReader reader = new YamlReader(yaml);
        reader.document();
        return reader.duplicates;
    }

    private JsonNode document() {
        try {
            return first();
        } catch (MarkedYamlEngineException e) {
            String line = e.getProblemMark()
                    .map(mark -> "line " + (mark.getLine() + 1) + ": ")
                    .orElse("");
            throw YamlException.of(line + e.getProblem());
        } catch (YamlEngineException e) {
            throw YamlException.of(String.valueOf(e.getMessage()));
        }
    }

    private JsonNode first() {
        while (events.hasNext()) {
            Event event = events.next();
            if (event instanceof NodeEvent node) {
                return node(node, 0);
            }
        }
        return Json.read("null");
    }

    private JsonNode node(NodeEvent event, int depth) {
        if (depth > MAX_DEPTH) {
            throw YamlException.of("exceeded max depth of " + MAX_DEPTH);
        }
        if (event instanceof AliasEvent alias) {
            return alias(alias.getAlias().getValue());
        }
        long nodesBefore = nodes;
        long sizeBefore = size;
        @Nullable String anchor = event.getAnchor().map(each -> each.getValue()).orElse(null);
        if (anchor != null) {
            open.add(anchor);
        }
        nodes++;
        size++;
        JsonNode tree =
                switch (event) {
                    case ScalarEvent scalar -> {
                        size += scalar.getValue().length();
                        yield YamlScalars.value(scalar);
                    }
                    case SequenceStartEvent start -> sequence(depth);
                    case MappingStartEvent start -> mapping(depth);
                    default -> throw YamlException.of("unexpected " + event.getEventId());
                };
        if (anchor != null) {
            open.remove(anchor);
            anchors.put(anchor, new Named(tree, nodes - nodesBefore, size - sizeBefore));
        }
        return tree;
    }

    private JsonNode alias(String name) {
        if (open.contains(name)) {
            throw YamlException.of("anchor '" + name + "' value contains itself");
        }
        Named named = anchors.get(name);
        if (named == null) {
            throw YamlException.of("unknown anchor '" + name + "' referenced");
        }
        nodes += named.nodes();
        aliased += named.nodes();
        size += named.size();
        boolean nearlyAll = aliased > FEW_ALIASES && nodes > SMALL && aliased > nodes * allowed(nodes);
        if (nearlyAll || size > MAX_SIZE) {
            throw YamlException.of("document contains excessive aliasing");
        }
        return named.tree();
    }

    /** The share of a document that aliases may make up: less of a large one. */
    private static double allowed(long nodes) {
        if (nodes <= MEDIUM) {
            return MOST_OF_MEDIUM;
        }
        double beyond = (double) (nodes - MEDIUM) / (LARGE - MEDIUM);
        return Math.max(MOST_OF_LARGE, MOST_OF_MEDIUM - (MOST_OF_MEDIUM - MOST_OF_LARGE) * beyond);
    }

    private JsonNode sequence(int depth) {
        ArrayNode sequence = Json.array();
        for (Event event = events.next(); event instanceof NodeEvent element; event = events.next()) {
            sequence.add(node(element, depth + 1));
        }
        return sequence;
    }

    private JsonNode mapping(int depth) {
        ObjectNode mapping = Json.object();
        ObjectNode merged = Json.object();
        for (Event event = events.next(); event instanceof NodeEvent first; event = events.next()) {
            Key key = key(first, depth);
            if (!(events.next() instanceof NodeEvent second)) {
                throw YamlException.of("did not find expected value");
            }
            JsonNode value = node(second, depth + 1);
            if (key.merges()) {
                merge(value, merged);
            } else {
                if (mapping.has(key.name())) {
                    duplicate(key.name(), first);
                }
                mapping.set(key.name(), value);
            }
        }
        // what the mapping says itself counts more
        for (Map.Entry<String, JsonNode> each : merged.properties()) {
            if (!mapping.has(each.getKey())) {
                mapping.set(each.getKey(), each.getValue());
            }
        }
        return mapping;
    }

    private void duplicate(String key, NodeEvent at) {
        int line = at.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
        duplicates.add("line %d: key \"%s\" already set in map".formatted(line, key));
    }

    private Key key(NodeEvent event, int depth) {
        if (event instanceof ScalarEvent scalar
                && scalar.isPlain()
                && scalar.getValue().equals(MERGE)) {
            return new Key(MERGE, true);
        }
        JsonNode key = node(event, depth + 1);
        if (key.isContainer() || key.isNull()) {
            throw YamlException.of("unsupported map key of type: %s"
                    .formatted(key.isArray() ? "slice" : key.isObject() ? "map" : "invalid"));
        }
        return new Key(key.asString(), false);
    }

    /** Of several that are merged the first counts most. */
    private static void merge(JsonNode value, ObjectNode into) {
        if (value.isArray()) {
            value.forEach(each -> mergeOne(each, into));
        } else {
            mergeOne(value, into);
        }
    }

    private static void mergeOne(JsonNode value, ObjectNode into) {
        if (!value.isObject()) {
            throw YamlException.of("map merge requires map or sequence of maps as the value");
        }
        for (Map.Entry<String, JsonNode> each : value.properties()) {
            if (!into.has(each.getKey())) {
                into.set(each.getKey(), each.getValue());
            }
        }
    }
}
