package io.kybern.schema;

import com.google.gson.annotations.SerializedName;
import io.kubernetes.client.custom.IntOrString;
import io.kubernetes.client.custom.Quantity;
import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.api.Subresource;
import io.swagger.annotations.ApiModel;
import io.swagger.annotations.ApiModelProperty;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.time.OffsetDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes the catalog's file: structure, texts and required flags from the official Java models by reflection, and how lists
 * and maps merge from {@code merge-facts.txt}, which values
 * a field may have from {@code enum-facts.txt}, what becomes of zero values from {@code zero-facts.txt}. The models do not say in which API group a type is declared: it is the group
 * of the kind that leads to it, groups visited in the registry's order, core first.
 */
final class DefinitionsGenerator {

    private static final String MODELS = "io.kubernetes.client.openapi.models.";
    private static final String META = "io.k8s.apimachinery.pkg.apis.meta.v1";
    private static final String EXTENSIONS = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1";

    /** Types of the meta package that the models do not mark as such. */
    private static final Set<String> META_TYPES = Set.of(
            "APIGroup",
            "APIGroupList",
            "APIResource",
            "APIResourceList",
            "APIVersions",
            "Condition",
            "DeleteOptions",
            "FieldSelectorRequirement",
            "GroupVersionForDiscovery",
            "LabelSelector",
            "LabelSelectorRequirement",
            "ListMeta",
            "ManagedFieldsEntry",
            "ObjectMeta",
            "OwnerReference",
            "Preconditions",
            "ServerAddressByClientCIDR",
            "ShardInfo",
            "Status",
            "StatusCause",
            "StatusDetails",
            "WatchEvent");

    /** Meta types that no resource leads to, but that requests and answers are made of. */
    private static final List<String> ENTRY_POINTS = List.of(
            "APIGroup", "APIGroupList", "APIResourceList", "APIVersions", "DeleteOptions", "Status", "WatchEvent");

    /** Fields of the models' type Object, by class and field. */
    private static final Map<String, String> OPEN_FIELDS = Map.ofEntries(
            Map.entry("V1ManagedFieldsEntry.fieldsV1", META + ".FieldsV1"),
            Map.entry("V1JSONSchemaProps.items", EXTENSIONS + ".JSONSchemaPropsOrArray"),
            Map.entry("V1JSONSchemaProps.additionalItems", EXTENSIONS + ".JSONSchemaPropsOrBool"),
            Map.entry("V1JSONSchemaProps.additionalProperties", EXTENSIONS + ".JSONSchemaPropsOrBool"),
            Map.entry("V1JSONSchemaProps.dependencies", EXTENSIONS + ".JSONSchemaPropsOrStringArray"),
            Map.entry("V1JSONSchemaProps.default", EXTENSIONS + ".JSON"),
            Map.entry("V1JSONSchemaProps.enum", EXTENSIONS + ".JSON"),
            Map.entry("V1JSONSchemaProps.example", EXTENSIONS + ".JSON"));

    private static final String RAW_EXTENSION = "io.k8s.apimachinery.pkg.runtime.RawExtension";
    private static final String QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity";
    private static final String INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";

    /** Fields whose times have microseconds: those of leases and of events' own times. */
    private static final Set<String> MICRO_TIMES = Set.of(
            "V1LeaseSpec.acquireTime",
            "V1LeaseSpec.renewTime",
            "CoreV1Event.eventTime",
            "CoreV1EventSeries.lastObservedTime",
            "EventsV1Event.eventTime",
            "EventsV1EventSeries.lastObservedTime");

    private final ResourceRegistry registry;
    private final MergeFacts facts;
    private final EnumFacts values = EnumFacts.read();
    private final ZeroFacts zeros = ZeroFacts.read();
    private final FieldTexts texts;
    private final Map<String, ObjectNode> definitions = new TreeMap<>();
    private final Map<String, Set<GroupVersionKind>> kinds = new HashMap<>();
    private final Map<Class<?>, String> names = new HashMap<>();
    private final Deque<Class<?>> unvisited = new ArrayDeque<>();
    private String currentPackage = "";

    DefinitionsGenerator(ResourceRegistry registry, MergeFacts facts, FieldTexts texts) {
        this.registry = registry;
        this.texts = texts;
        this.facts = facts;
    }

    /** The whole file. */
    String generate() {
        leaves();
        for (ResourceType type : registry.all()) {
            kind(type.gvk());
            kind(new GroupVersionKind(type.gvr().group(), type.gvr().version(), type.listKind()));
            for (Subresource subresource : type.subresources().values()) {
                kind(subresource.kind());
            }
        }
        for (String name : ENTRY_POINTS) {
            currentPackage = META;
            Class<?> model = model("V1" + name).orElseThrow();
            GroupVersionKind kind = new GroupVersionKind("", "v1", name);
            kinds.computeIfAbsent(nameOf(model), key -> new LinkedHashSet<>()).add(kind);
            visitAll();
        }
        facts.names().forEach(name -> {
            if (!definitions.containsKey(name)) {
                throw new IllegalStateException("merge-facts.txt names " + name + ", which no resource leads to");
            }
        });
        if (!values.unused().isEmpty()) {
            throw new IllegalStateException("enum-facts.txt names what no definition has: " + values.unused());
        }
        if (!zeros.unused().isEmpty()) {
            throw new IllegalStateException("zero-facts.txt names what no definition has: " + zeros.unused());
        }
        StringBuilder file = new StringBuilder();
        definitions.forEach((name, schema) -> file.append(line(name, schema)));
        return file.toString();
    }

    private String line(String name, ObjectNode schema) {
        Set<GroupVersionKind> own = kinds.getOrDefault(name, Set.of());
        if (!own.isEmpty()) {
            ArrayNode published = schema.putArray("x-kubernetes-group-version-kind");
            own.forEach(kind -> published
                    .addObject()
                    .put("group", kind.group())
                    .put("kind", kind.kind())
                    .put("version", kind.version()));
        }
        String keys =
                own.stream().map(kind -> kind.apiVersion() + "/" + kind.kind()).collect(Collectors.joining(","));
        return name + " " + (keys.isEmpty() ? "-" : keys) + " " + Json.string(schema) + "\n";
    }

    /** A kind of the registry; those without a model (options of connections) have no schema. */
    private void kind(GroupVersionKind kind) {
        Optional<Class<?>> model = kindModel(kind);
        if (model.isEmpty()) {
            return;
        }
        currentPackage = packageOf(kind.group(), kind.version());
        kinds.computeIfAbsent(nameOf(model.get()), key -> new LinkedHashSet<>()).add(kind);
        visitAll();
    }

    private void visitAll() {
        while (!unvisited.isEmpty()) {
            Class<?> model = unvisited.remove();
            String name = nameOf(model);
            currentPackage = name.substring(0, name.lastIndexOf('.'));
            definitions.put(name, structure(model, name));
        }
    }

    private ObjectNode structure(Class<?> model, String name) {
        ObjectNode schema = Json.object();
        ApiModel about = model.getAnnotation(ApiModel.class);
        if (about != null && !about.description().isEmpty()) {
            schema.put("description", about.description());
        }
        schema.put("type", "object");
        ObjectNode properties = Json.object();
        List<String> required = new ArrayList<>();
        for (Field field : fields(model)) {
            String property = field.getAnnotation(SerializedName.class).value();
            ApiModelProperty text = getter(model, field);
            ObjectNode node = Json.object();
            ObjectNode type = Json.object();
            type(type, field.getGenericType(), model.getSimpleName() + "." + property);
            // beside a reference the models have no text or that of the type
            String own = type.has("$ref") ? texts.of(name, property) : "";
            String description = own.isEmpty() ? text.value() : own;
            if (!description.isEmpty()) {
                node.put("description", description);
            }
            node.setAll(type);
            facts.apply(name, property, node);
            values.apply(name, property, node);
            zeros.apply(name, property, node);
            properties.set(property, node);
            if (text.required()) {
                required.add(property);
            }
        }
        schema.set("properties", properties);
        if (!required.isEmpty()) {
            ArrayNode array = schema.putArray("required");
            required.forEach(array::add);
        }
        facts.apply(name, ".", schema);
        return schema;
    }

    private void type(ObjectNode node, Type type, String field) {
        if (type instanceof ParameterizedType generic) {
            if (generic.getRawType() == List.class) {
                node.put("type", "array");
                type(node.putObject("items"), generic.getActualTypeArguments()[0], field);
            } else {
                node.put("type", "object");
                type(node.putObject("additionalProperties"), generic.getActualTypeArguments()[1], field);
            }
        } else if (type == String.class) {
            node.put("type", "string");
        } else if (type == Integer.class) {
            node.put("type", "integer").put("format", "int32");
        } else if (type == Long.class) {
            node.put("type", "integer").put("format", "int64");
        } else if (type == Double.class) {
            node.put("type", "number").put("format", "double");
        } else if (type == Boolean.class) {
            node.put("type", "boolean");
        } else if (type == byte[].class) {
            node.put("type", "string").put("format", "byte");
        } else {
            node.put("$ref", reference((Class<?>) type, field));
        }
    }

    private String reference(Class<?> type, String field) {
        if (type == Object.class) {
            return OPEN_FIELDS.getOrDefault(field, RAW_EXTENSION);
        }
        if (type == Quantity.class) {
            return QUANTITY;
        }
        if (type == IntOrString.class) {
            return INT_OR_STRING;
        }
        if (type == OffsetDateTime.class) {
            return META + (MICRO_TIMES.contains(field) ? ".MicroTime" : ".Time");
        }
        if (!type.getName().startsWith(MODELS)) {
            throw new IllegalStateException(field + " is of the unexpected type " + type.getName());
        }
        return nameOf(type);
    }

    /** The name of a model's definition; a model that is met for the first time is queued. */
    private String nameOf(Class<?> model) {
        String known = names.get(model);
        if (known == null) {
            known = newName(model.getSimpleName());
            names.put(model, known);
            unvisited.add(model);
        }
        return known;
    }

    /** {@code V1Pod}, or {@code CoreV1Event} where the bare name is taken by several groups. */
    private String newName(String className) {
        int versionAt = 0;
        while (!className.substring(versionAt).matches("V[0-9][a-z0-9]*[A-Z].*")) {
            versionAt++;
        }
        String rest = className.substring(versionAt);
        int nameAt = 1;
        while (!Character.isUpperCase(rest.charAt(nameAt))) {
            nameAt++;
        }
        String version = rest.substring(1, nameAt);
        String name = rest.substring(nameAt);
        if (versionAt > 0) {
            String group = className.substring(0, versionAt).toLowerCase(java.util.Locale.ROOT);
            return prefixOf(group) + ".v" + version + "." + name;
        }
        if (META_TYPES.contains(name)) {
            return META + "." + name;
        }
        return facts.declaredIn(name, "v" + version).orElse(currentPackage + "." + name);
    }

    private Optional<Class<?>> kindModel(GroupVersionKind kind) {
        String version = kind.version().substring(0, 1).toUpperCase(java.util.Locale.ROOT)
                + kind.version().substring(1);
        String group = kind.group().isEmpty() ? "core" : kind.group().replaceAll("\\..*", "");
        String prefix = group.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + group.substring(1);
        return model(prefix + version + kind.kind()).or(() -> model(version + kind.kind()));
    }

    private static Optional<Class<?>> model(String simpleName) {
        try {
            return Optional.of(Class.forName(MODELS + simpleName));
        } catch (ClassNotFoundException e) {
            return Optional.empty();
        }
    }

    private static String packageOf(String group, String version) {
        return prefixOf(group.isEmpty() ? "core" : group.replaceAll("\\..*", "")) + "." + version;
    }

    private static String prefixOf(String shortGroup) {
        return switch (shortGroup) {
            case "apiextensions" -> EXTENSIONS.substring(0, EXTENSIONS.lastIndexOf('.'));
            case "apiregistration" -> "io.k8s.kube-aggregator.pkg.apis.apiregistration";
            default -> "io.k8s.api." + shortGroup;
        };
    }

    private static List<Field> fields(Class<?> model) {
        return Arrays.stream(model.getDeclaredFields())
                .filter(field -> field.isAnnotationPresent(SerializedName.class))
                .sorted(Comparator.comparing(
                        field -> field.getAnnotation(SerializedName.class).value()))
                .toList();
    }

    private static ApiModelProperty getter(Class<?> model, Field field) {
        String wanted = field.getName().replaceFirst("^_", "");
        for (Method method : model.getDeclaredMethods()) {
            if (method.getParameterCount() == 0
                    && method.isAnnotationPresent(ApiModelProperty.class)
                    && method.getName().replaceFirst("^(get|is)", "").equalsIgnoreCase(wanted)) {
                return method.getAnnotation(ApiModelProperty.class);
            }
        }
        throw new IllegalStateException("no getter for " + field);
    }

    /** Types that are not structures. */
    private void leaves() {
        leaf(META + ".Time", "string", "date-time", "A time, written as in RFC 3339 with seconds.");
        leaf(META + ".MicroTime", "string", "date-time", "A time, written as in RFC 3339 with microseconds.");
        leaf(
                QUANTITY,
                "string",
                "",
                "An amount: a decimal number, optionally followed by a suffix: n u m k M G T P E for powers of ten, Ki Mi"
                        + " Gi Ti Pi Ei for powers of 1024, or an exponent such as e3. It is stored in canonical form.");
        leaf(INT_OR_STRING, "string", "int-or-string", "Either a whole number of 32 bits or a string.");
        leaf(META + ".FieldsV1", "object", "", "A set of fields, as a tree of field names.");
        leaf(META + ".Patch", "object", "", "A change to an object; the media type says which kind of patch it is.");
        leaf(RAW_EXTENSION, "object", "", "Any object; its own type says what it holds.");
        leaf(EXTENSIONS + ".JSON", "", "", "Any JSON value.");
        leaf(EXTENSIONS + ".JSONSchemaPropsOrArray", "", "", "Either a schema or a list of schemas.");
        leaf(EXTENSIONS + ".JSONSchemaPropsOrBool", "", "", "Either a schema or a boolean.");
        leaf(EXTENSIONS + ".JSONSchemaPropsOrStringArray", "", "", "Either a schema or a list of strings.");
    }

    private void leaf(String name, String type, String format, String description) {
        ObjectNode node = Json.object().put("description", description);
        if (!type.isEmpty()) {
            node.put("type", type);
        }
        if (!format.isEmpty()) {
            node.put("format", format);
        }
        definitions.put(name, node);
    }
}
