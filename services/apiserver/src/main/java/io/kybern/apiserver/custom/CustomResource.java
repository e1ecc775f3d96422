package io.kybern.apiserver.custom;

import io.kybern.api.GroupResource;
import io.kybern.api.GroupVersionKind;
import io.kybern.api.GroupVersionResource;
import io.kybern.api.KubeObject;
import io.kybern.api.ResourceType;
import io.kybern.api.Subresource;
import io.kybern.api.Verb;
import io.kybern.api.VersionOrder;
import io.kybern.apiserver.registry.extensions.Conditions;
import io.kybern.apiserver.webhooks.WebhookClient;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * One definition, made ready to serve: a type, a schema and a strategy for each of its versions. Immutable; a changed definition makes
 * another one.
 */
final class CustomResource {

    private static final GroupVersionKind SCALE = new GroupVersionKind("autoscaling", "v1", "Scale");
    private static final Set<Verb> PART = Set.of(Verb.GET, Verb.PATCH, Verb.UPDATE);

    private final JsonNode definition;
    private final GroupResource storage;
    private final boolean terminating;
    private final Map<String, CustomVersion> versions = new HashMap<>();
    private final @Nullable CustomVersion stored;
    private final Conversion conversion;

    CustomResource(JsonNode definition, WebhookClient webhooks) {
        this.definition = definition;
        this.conversion = Conversion.of(definition, webhooks);
        JsonNode spec = definition.path("spec");
        this.storage = new GroupResource(
                spec.path("group").asString(""),
                spec.path("names").path("plural").asString(""));
        this.terminating = KubeObject.isBeingDeleted(definition) || Conditions.isTrue(definition, "Terminating");
        CustomVersion kept = null;
        for (JsonNode version : spec.path("versions")) {
            CustomVersion each = new CustomVersion(this, type(version), version);
            versions.put(each.name(), each);
            if (version.path("storage").asBoolean(false)) {
                kept = each;
            }
        }
        this.stored = kept;
    }

    /** Whether the definition says that its types are served. */
    static boolean isServed(JsonNode definition) {
        return Conditions.isTrue(definition, "Established");
    }

    /** Whether the definition is on its way out, so that nothing new is created. */
    boolean terminating() {
        return terminating;
    }

    /** Where its objects are kept. */
    GroupResource storage() {
        return storage;
    }

    /** The versions that are served, preferred first. */
    Collection<CustomVersion> served() {
        List<CustomVersion> served = new ArrayList<>(
                versions.values().stream().filter(CustomVersion::served).toList());
        served.sort(Comparator.comparing(CustomVersion::name, VersionOrder.PREFERRED_FIRST));
        return served;
    }

    /** The type of the version in which objects are kept. */
    Optional<ResourceType> storedType() {
        return Optional.ofNullable(stored).map(CustomVersion::type);
    }

    /** The type of any version: all are kept in one place. */
    ResourceType anyType() {
        return versions.values().iterator().next().type();
    }

    private ResourceType type(JsonNode version) {
        JsonNode names = definition.path("status").path("acceptedNames");
        String name = version.path("name").asString("");
        String kind = names.path("kind").asString("");
        GroupVersionKind gvk = new GroupVersionKind(storage.group(), name, kind);
        Map<String, Subresource> subresources = new HashMap<>();
        if (version.path("subresources").path("status").isObject()) {
            subresources.put("status", new Subresource("status", gvk, PART));
        }
        if (version.path("subresources").path("scale").isObject()) {
            subresources.put("scale", new Subresource("scale", SCALE, PART));
        }
        return new ResourceType(
                new GroupVersionResource(storage.group(), name, storage.resource()),
                kind,
                names.path("listKind").asString(""),
                names.path("singular").asString(""),
                definition.path("spec").path("scope").asString("").equals("Namespaced"),
                strings(names.path("shortNames")),
                strings(names.path("categories")),
                EnumSet.allOf(Verb.class),
                subresources,
                storage);
    }

    private static List<String> strings(JsonNode array) {
        List<String> strings = new ArrayList<>();
        array.forEach(each -> strings.add(each.asString("")));
        return strings;
    }

    /** An object as it is kept, in another version: with the defaults of both. */
    ObjectNode shown(ObjectNode kept, CustomVersion wanted) {
        return shown(List.of(kept), wanted).getFirst();
    }

    /** Objects as they are kept, in another version, converted in one go. */
    List<ObjectNode> shown(List<ObjectNode> kept, CustomVersion wanted) {
        List<ObjectNode> others = new ArrayList<>();
        for (ObjectNode each : kept) {
            String version = versionOf(each);
            if (!version.equals(wanted.name())) {
                CustomVersion from = versions.get(version);
                if (from != null) {
                    from.applyDefaults(each);
                }
                others.add(each);
            }
        }
        List<ObjectNode> shown = kept;
        if (!others.isEmpty()) {
            Iterator<ObjectNode> converted =
                    conversion.convert(others, wanted.type().gvr().apiVersion()).iterator();
            Set<ObjectNode> sent = Collections.newSetFromMap(new IdentityHashMap<>());
            sent.addAll(others);
            shown = kept.stream()
                    .map(each -> sent.contains(each) ? converted.next() : each)
                    .toList();
        }
        for (ObjectNode each : shown) {
            wanted.prune(each);
            wanted.applyDefaults(each);
        }
        return shown;
    }

    /** An object of some version as it is kept. */
    ObjectNode kept(ObjectNode shown) {
        CustomVersion to = stored;
        if (to == null || versionOf(shown).equals(to.name())) {
            return shown;
        }
        ObjectNode converted =
                conversion.convert(List.of(shown), to.type().gvr().apiVersion()).getFirst();
        to.prune(converted);
        return converted;
    }

    /** Whether a conversion does more than to change the version's name. */
    boolean renamesFields() {
        return conversion != Conversion.NONE;
    }

    /** An object in another version, as the conversion makes it. */
    ObjectNode converted(ObjectNode object, String apiVersion) {
        return object.path("apiVersion").asString("").equals(apiVersion)
                ? object
                : conversion.convert(List.of(object), apiVersion).getFirst();
    }

    private static String versionOf(JsonNode object) {
        return KubeObject.gvk(object).version();
    }
}
