package io.kybern.apiserver.registry;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldError;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.registry.table.TableShapes;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.BiFunction;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** What a strategy says of objects written in YAML; and what it makes of them. */
public final class StrategyFaults {

    private static final TableShapes TABLES = new TableShapes();
    private static final YAMLMapper YAML = new YAMLMapper();
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);

    private final ResourceStrategy strategy;

    private StrategyFaults(ResourceStrategy strategy) {
        this.strategy = strategy;
    }

    /** Those of a type of version v1. */
    public static StrategyFaults of(
            String group, String resource, BiFunction<ResourceType, TableShape, ResourceStrategy> constructor) {
        ResourceType type = ResourceRegistry.builtIn().require(group, "v1", resource);
        return new StrategyFaults(constructor.apply(type, TABLES.of(type)));
    }

    /** The strategy itself. */
    public ResourceStrategy strategy() {
        return strategy;
    }

    private RequestScope scope() {
        UserInfo user = UserInfo.of("tester", List.of());
        return new RequestScope(user, strategy.type().namespaced() ? "ns" : "", "a", false, CLOCK, "");
    }

    /** The object with its defaults; without a name it is called {@code a}. */
    public ObjectNode object(String yaml) {
        ObjectNode object = yaml.isBlank() ? Json.object() : (ObjectNode) YAML.readTree(yaml);
        ObjectNode metadata = KubeObject.metadata(object);
        if (!metadata.has("name")) {
            metadata.put("name", "a");
        }
        if (strategy.type().namespaced()) {
            metadata.put("namespace", "ns");
        }
        strategy.applyDefaults(object);
        return object;
    }

    /** A new object as it would be stored. */
    public ObjectNode created(String yaml) {
        ObjectNode object = object(yaml);
        strategy.prepareForCreate(object, scope());
        return object;
    }

    /** What is wrong with a new object. */
    public List<String> onCreate(String yaml) {
        return messages(strategy.validateCreate(created(yaml)));
    }

    /** What is wrong with a change of an object. */
    public List<String> onUpdate(String before, String after) {
        ObjectNode old = created(before);
        ObjectNode object = object(after);
        strategy.prepareForUpdate(object, old, scope());
        return messages(strategy.validateUpdate(object, old));
    }

    /** A changed object as it would be stored. */
    public ObjectNode updated(String before, String after) {
        ObjectNode old = created(before);
        ObjectNode object = object(after);
        strategy.prepareForUpdate(object, old, scope());
        return object;
    }

    /** The object as it is stored after its status was written. */
    public ObjectNode withStatus(ObjectNode old, String status) {
        ObjectNode object = old.deepCopy();
        object.set("status", YAML.readTree(status));
        strategy.status().orElseThrow().prepareForUpdate(object, old, scope());
        return object;
    }

    /** What is wrong with a new status of an object. */
    public List<String> onStatus(ObjectNode old, String status) {
        return messages(strategy.status().orElseThrow().validateUpdate(withStatus(old, status), old));
    }

    private static List<String> messages(List<FieldError> errors) {
        return errors.stream().map(FieldError::message).toList();
    }
}
