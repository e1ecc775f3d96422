package io.kybern.apiserver.custom;

import io.kybern.api.ResourceType;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.cel.SchemaRules;
import io.kybern.apiserver.registry.CustomKind;
import io.kybern.schema.Schema;
import io.kybern.schema.structural.Pruner;
import io.kybern.schema.structural.SimplePath;
import io.kybern.schema.structural.Structural;
import io.kybern.schema.structural.StructuralDefaults;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** One version of a custom resource. */
final class CustomVersion implements CustomKind {

    private final CustomResource resource;
    private final ResourceType type;
    private final JsonNode declared;
    private final Structural structural;
    private final CustomStrategy strategy;
    private volatile @Nullable Schema fields;
    private @Nullable SchemaRules rules;

    CustomVersion(CustomResource resource, ResourceType type, JsonNode declared) {
        this.resource = resource;
        this.type = type;
        this.declared = declared;
        JsonNode schema = schema();
        this.structural = schema.isObject() ? Structural.ofResource(schema) : Structural.anything();
        this.strategy = new CustomStrategy(this);
    }

    String name() {
        return type.gvr().version();
    }

    ResourceType type() {
        return type;
    }

    /** The type in whose version objects are kept; empty in a definition that names none. */
    Optional<ResourceType> stored() {
        return resource.storedType();
    }

    boolean served() {
        return declared.path("served").asBoolean(false);
    }

    /** The version's part of the definition. */
    JsonNode declared() {
        return declared;
    }

    /** The fields that field selectors may name beside those of every object. */
    List<SimplePath> selectable() {
        List<SimplePath> paths = new ArrayList<>();
        declared.path("selectableFields")
                .forEach(each ->
                        SimplePath.of(each.path("jsonPath").asString("")).ifPresent(paths::add));
        return paths;
    }

    CustomResource resource() {
        return resource;
    }

    Structural structural() {
        return structural;
    }

    /** The schema's validation rules, compiled when an object is first written: many definitions never see one. */
    synchronized SchemaRules rules() {
        SchemaRules compiled = rules;
        if (compiled == null) {
            compiled = SchemaRules.compile(schema(), FieldPath.root());
            rules = compiled;
        }
        return compiled;
    }

    CustomStrategy strategy() {
        return strategy;
    }

    @Override
    public JsonNode schema() {
        return declared.path("schema").path("openAPIV3Schema");
    }

    @Override
    public Schema fields(Function<String, Schema> definitions) {
        Schema known = fields;
        if (known == null) {
            known = Schema.parse(MergedFields.of(schema()), definitions);
            fields = known;
        }
        return known;
    }

    @Override
    public List<String> prune(ObjectNode object) {
        return Pruner.prune(object, structural);
    }

    @Override
    public void applyDefaults(ObjectNode object) {
        StructuralDefaults.apply(object, structural);
    }
}
