package io.kybern.apiserver.request;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.protobuf.ProtobufReader;
import io.kybern.apiserver.request.Representation.Format;
import io.kybern.apiserver.request.Representation.Shape;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads {@code Accept} and {@code Content-Type}; see "Resource versions and alternate representations" in the Kubernetes
 * API concepts.
 */
public final class Negotiation {

    private static final List<String> SUPPORTED =
            List.of("application/json", "application/yaml", "application/vnd.kubernetes.protobuf");
    /** What Go reads as true. */
    private static final Set<String> TRUE = Set.of("1", "t", "T", "true", "TRUE", "True");

    private static final List<String> TEXT = List.of("application/json", "application/yaml");
    private static final ProtobufReader PROTOBUF = new ProtobufReader();
    private static final String META_GROUP = "meta.k8s.io";

    private Negotiation() {}

    /** The forms that are on offer at an address, beside JSON and YAML of the whole object. */
    public enum Offer {
        /** No others, for what is no API object. */
        TEXT(false, false),
        /** Protobuf. */
        OBJECTS(false, true),
        /** Protobuf, tables and partial objects. */
        VIEWS(true, true),
        /** Tables and partial objects; protobuf for the latter only, because objects of custom types have none. */
        CUSTOM_VIEWS(true, false);

        private final boolean views;
        private final boolean protobuf;

        Offer(boolean views, boolean protobuf) {
            this.views = views;
            this.protobuf = protobuf;
        }

        private boolean has(Format format, Shape shape) {
            return switch (shape) {
                case OBJECT -> format != Format.PROTOBUF || protobuf;
                case TABLE -> format != Format.PROTOBUF && views;
                case PARTIAL, PARTIAL_LIST -> views;
            };
        }
    }

    /**
     * One clause of an {@code Accept} header, or a content type.
     *
     * @param type for example {@code application/json}
     * @param parameters by name
     */
    public record MediaType(String type, Map<String, String> parameters) {

        /** Reads one clause. */
        public static MediaType parse(String clause) {
            String[] parts = clause.split(";", -1);
            Map<String, String> parameters = new HashMap<>();
            for (int i = 1; i < parts.length; i++) {
                int equals = parts[i].indexOf('=');
                if (equals > 0) {
                    parameters.put(
                            parts[i].substring(0, equals).strip().toLowerCase(Locale.ROOT),
                            parts[i].substring(equals + 1).strip().replace("\"", ""));
                }
            }
            return new MediaType(parts[0].strip().toLowerCase(Locale.ROOT), parameters);
        }

        double quality() {
            try {
                return Double.parseDouble(parameters.getOrDefault("q", "1"));
            } catch (NumberFormatException e) {
                return 0;
            }
        }

        /** The parameter, or empty. */
        public String parameter(String name) {
            return parameters.getOrDefault(name, "");
        }
    }

    /** The clauses of an {@code Accept} header, the most wanted first. */
    public static List<MediaType> accepted(String header) {
        List<MediaType> clauses = new ArrayList<>();
        for (String clause : header.split(",", -1)) {
            if (!clause.isBlank()) {
                clauses.add(MediaType.parse(clause));
            }
        }
        clauses.sort(Comparator.comparingDouble(MediaType::quality).reversed());
        return clauses;
    }

    /**
     * The form in which the client wants an object or a list.
     *
     * @param views whether tables and partial objects are on offer here
     */
    public static Representation representation(ApiRequest request, boolean views) {
        return representation(request, views ? Offer.VIEWS : Offer.OBJECTS);
    }

    /**
     * The form in which the client wants an answer.
     *
     * @throws ApiException 406 if none is on offer that it accepts
     */
    public static Representation representation(ApiRequest request, Offer offer) {
        String header = request.header("Accept");
        boolean pretty = pretty(request);
        if (header.isBlank()) {
            return pretty ? new Representation(Format.JSON, Shape.OBJECT, "", true) : Representation.PLAIN;
        }
        for (MediaType clause : accepted(header)) {
            Optional<Representation> found = format(clause)
                    .flatMap(format -> view(clause, format, pretty))
                    .filter(each -> offer.has(each.format(), each.shape()));
            if (found.isPresent()) {
                return found.get();
            }
        }
        throw ApiException.notAcceptable(offer == Offer.TEXT ? TEXT : SUPPORTED);
    }

    /** The same for answers that are given in any case, such as errors: JSON if the client accepts nothing on offer. */
    public static Representation representationOrJson(ApiRequest request, Offer offer) {
        try {
            return representation(request, offer);
        } catch (ApiException e) {
            return Representation.PLAIN;
        }
    }

    private static Optional<Format> format(MediaType clause) {
        return switch (clause.type()) {
            case "*/*", "application/*", "application/json" -> Optional.of(Format.JSON);
            // there are no streams of it
            case "application/yaml" ->
                clause.parameter("stream").isEmpty() ? Optional.of(Format.YAML) : Optional.empty();
            case "application/vnd.kubernetes.protobuf" -> Optional.of(Format.PROTOBUF);
            default -> Optional.empty();
        };
    }

    private static Optional<Representation> view(MediaType clause, Format format, boolean pretty) {
        String as = clause.parameter("as");
        String group = clause.parameter("g");
        String version = clause.parameter("v");
        boolean indented = pretty || "1".equals(clause.parameter("pretty"));
        if (as.isEmpty() && group.isEmpty() && version.isEmpty()) {
            return Optional.of(new Representation(format, Shape.OBJECT, "", indented));
        }
        if (!group.equals(META_GROUP) || !(version.equals("v1") || version.equals("v1beta1"))) {
            return Optional.empty();
        }
        return switch (as) {
            case "Table" -> Optional.of(new Representation(format, Shape.TABLE, version, indented));
            case "PartialObjectMetadata" -> Optional.of(new Representation(format, Shape.PARTIAL, version, indented));
            case "PartialObjectMetadataList" ->
                Optional.of(new Representation(format, Shape.PARTIAL_LIST, version, indented));
            default -> Optional.empty();
        };
    }

    private static boolean pretty(ApiRequest request) {
        Optional<String> asked = request.query().find("pretty");
        if (asked.isPresent()) {
            return TRUE.contains(asked.get());
        }
        String agent = request.header("User-Agent");
        return agent.startsWith("curl") || agent.startsWith("Wget") || agent.startsWith("Mozilla/5.0");
    }

    /**
     * The body as JSON, whatever it was sent as; JSON if the client does not say.
     *
     * @param expected the kind that it should have
     * @throws ApiException 400 if it cannot be read, 415 if it is in no known format
     */
    public static byte[] jsonBody(ApiRequest request, GroupVersionKind expected) {
        String header = request.header("Content-Type");
        return switch (header.isBlank()
                ? "application/json"
                : MediaType.parse(header).type()) {
            case "application/json", "*/*" -> request.body();
            case "application/yaml" -> YamlText.toJson(request.body(), expected);
            case "application/vnd.kubernetes.protobuf" -> Json.bytes(PROTOBUF.read(request.body(), expected));
            default -> throw ApiException.unsupportedMediaType(SUPPORTED);
        };
    }

    /** What a strict reader objects to in the text of a body before it is looked at as an object: keys of YAML that come twice. */
    public static List<String> strictErrors(ApiRequest request) {
        String header = request.header("Content-Type");
        if (header.isBlank() || !MediaType.parse(header).type().equals("application/yaml")) {
            return List.of();
        }
        List<String> duplicates = YamlPatch.duplicates(request.body());
        return duplicates.isEmpty()
                ? List.of()
                : List.of("yaml: unmarshal errors:\n  " + String.join("\n  ", duplicates));
    }
}
