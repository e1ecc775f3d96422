package io.kybern.apiserver.cel;

import com.google.common.collect.ImmutableMap;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import io.kybern.schema.Schema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The types that expressions of policies are checked against: those of whole objects, made of their published schemas. */
final class ObjectTypes {

    private final List<CelType> declared = new ArrayList<>();
    private final Map<String, CelType> byDefinition = new HashMap<>();
    private final Set<String> unfinished = new HashSet<>();

    /** The type of objects with that schema; what contains itself is of any type inside. */
    CelType of(Schema schema, String name) {
        return switch (schema.type()) {
            case OBJECT -> schema.properties().isEmpty() ? SimpleType.DYN : object(schema, name);
            case MAP -> MapType.create(SimpleType.STRING, of(schema.items(), name + ".@values"));
            case ARRAY -> ListType.create(of(schema.items(), name + ".@items"));
            case STRING -> text(schema.format());
            case INTEGER -> SimpleType.INT;
            case NUMBER -> SimpleType.DOUBLE;
            case BOOLEAN -> SimpleType.BOOL;
            case INT_OR_STRING, ANY -> SimpleType.DYN;
        };
    }

    private CelType object(Schema schema, String name) {
        String own = schema.definitionName().isEmpty() ? name : schema.definitionName();
        CelType known = byDefinition.get(own);
        if (known != null) {
            return known;
        }
        if (!unfinished.add(own)) {
            return SimpleType.DYN;
        }
        ImmutableMap.Builder<String, CelType> fields = ImmutableMap.builder();
        schema.properties().forEach((property, field) -> ValueNames.escape(property)
                .ifPresent(escaped -> fields.put(escaped, of(field, own + "." + property))));
        CelType type = AdmissionEnvironment.struct(own, fields.buildKeepingLast());
        unfinished.remove(own);
        byDefinition.put(own, type);
        declared.add(type);
        return type;
    }

    private static CelType text(String format) {
        return switch (format) {
            case "byte" -> SimpleType.BYTES;
            case "duration" -> SimpleType.DURATION;
            case "date", "date-time" -> SimpleType.TIMESTAMP;
            default -> SimpleType.STRING;
        };
    }

    /** All types of objects so far. */
    List<CelType> declared() {
        return List.copyOf(declared);
    }
}
