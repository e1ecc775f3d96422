package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.protobuf.ProtobufDocument;
import io.kybern.apiserver.registry.TableShape;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.kybern.apiserver.request.Representation;
import io.kybern.apiserver.request.Representation.Shape;
import io.kybern.apiserver.storage.StoredObject;
import io.kybern.apiserver.watch.CachedObject;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes objects and lists in the form that the client wants. What is wanted as plain JSON, in the version in which it is
 * kept, is written from the kept bytes.
 */
final class Views {

    private static final byte[] COMMA = {','};
    private static final String META = "meta.k8s.io/";
    private final Clock clock;
    private final ProtobufCache protobuf = new ProtobufCache();

    Views(Clock clock) {
        this.clock = clock;
    }

    /** An answer with one kept object. */
    ApiResponse.Complete object(
            Target target, ApiRequest request, Representation representation, int code, CachedObject object) {
        if (representation.plain() && !target.converts()) {
            return ApiResponse.json(code, object.encoded());
        }
        if (representation.protobufObjects() && !target.converts()) {
            return ApiResponse.of(
                    code,
                    representation.format().mediaType(),
                    protobuf(target, object).bytes());
        }
        return object(target, request, representation, code, converted(target, object));
    }

    /** A kept object of a target that does not convert, in protobuf. */
    ProtobufDocument protobuf(Target target, CachedObject object) {
        return protobuf.document(target.type().gvk(), object);
    }

    /** An answer with what was written. */
    ApiResponse.Complete written(Target target, ApiRequest request, Representation representation, Written written) {
        int code = written.created() ? 201 : 200;
        StoredObject stored = written.stored();
        if (stored != null && representation.plain() && !target.converts()) {
            return ApiResponse.json(code, stored.encoded());
        }
        return object(target, request, representation, code, written.object());
    }

    /** An answer with one object, in the version of the URL. */
    ApiResponse.Complete object(
            Target target, ApiRequest request, Representation representation, int code, ObjectNode object) {
        refuseListOfOne(representation, goType(target, target.type().kind()));
        return representation.answer(code, shaped(target, request, representation, object));
    }

    private static void refuseListOfOne(Representation representation, String goType) {
        if (representation.shape() == Shape.PARTIAL_LIST) {
            throw ApiException.notAcceptableView(
                    "you requested PartialObjectMetadataList, but the requested object is not a list (%s)"
                            .formatted(goType));
        }
    }

    /** An answer with a list. */
    ApiResponse.Complete list(Target target, ApiRequest request, Representation representation, Listing listing) {
        return switch (representation.shape()) {
            case OBJECT ->
                ApiResponse.of(200, representation.format().mediaType(), objects(target, representation, listing));
            case TABLE -> {
                ObjectNode table = table(target.strategy().table(), representation.viewVersion(), true);
                ArrayNode rows = table.putArray("rows");
                RowObject rowObject = RowObject.of(request);
                for (ObjectNode each : converted(target, listing)) {
                    rows.add(row(target.strategy().table(), each, representation.viewVersion(), rowObject));
                }
                table.set("metadata", listMetadata(listing));
                yield representation.answer(200, table);
            }
            case PARTIAL ->
                throw ApiException.notAcceptableView(
                        "you requested PartialObjectMetadata, but the requested object is a list (%s)"
                                .formatted(goType(target, target.type().listKind())));
            case PARTIAL_LIST -> {
                ObjectNode list = Json.object()
                        .put("kind", "PartialObjectMetadataList")
                        .put("apiVersion", META + representation.viewVersion());
                list.set("metadata", listMetadata(listing));
                ArrayNode items = list.putArray("items");
                converted(target, listing).forEach(each -> items.add(partial(each, representation.viewVersion())));
                yield representation.answer(200, list);
            }
        };
    }

    private byte[] objects(Target target, Representation representation, Listing listing) {
        if (representation.protobufObjects() && !target.converts()) {
            List<ProtobufDocument> items = listing.objects().stream()
                    .map(each -> protobuf(target, each))
                    .toList();
            GroupVersionKind kind = new GroupVersionKind(
                    target.type().gvr().group(),
                    target.type().gvr().version(),
                    target.type().listKind());
            return protobuf.list(kind, Json.bytes(listMetadata(listing)), items).bytes();
        }
        byte[] json = plainList(target, listing);
        return representation.encode(json);
    }

    private static byte[] plainList(Target target, Listing listing) {
        List<byte[]> objects = target.converts()
                ? converted(target, listing).stream().map(Json::bytes).toList()
                : listing.objects().stream().map(CachedObject::encoded).toList();
        byte[] head = ("{\"kind\":\"" + target.type().listKind() + "\",\"apiVersion\":\""
                        + target.type().gvr().apiVersion() + "\",\"metadata\":" + Json.string(listMetadata(listing))
                        + ",\"items\":[")
                .getBytes(StandardCharsets.UTF_8);
        int size = head.length + 2;
        for (byte[] each : objects) {
            size += each.length + 1;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(size);
        out.writeBytes(head);
        boolean first = true;
        for (byte[] each : objects) {
            if (!first) {
                out.writeBytes(COMMA);
            }
            first = false;
            out.writeBytes(each);
        }
        out.writeBytes("]}".getBytes(StandardCharsets.US_ASCII));
        return out.toByteArray();
    }

    private static ObjectNode listMetadata(Listing listing) {
        ObjectNode metadata = Json.object().put("resourceVersion", Long.toString(listing.revision()));
        if (!listing.token().isEmpty()) {
            metadata.put("continue", listing.token());
        }
        if (listing.remaining() != null) {
            metadata.put("remainingItemCount", listing.remaining());
        }
        return metadata;
    }

    /** The objects of a list in the version of the URL. */
    private static List<ObjectNode> converted(Target target, Listing listing) {
        return target.shown(listing.objects().stream().map(CachedObject::tree).toList());
    }

    /** The object in the version of the URL. */
    static ObjectNode converted(Target target, CachedObject object) {
        return target.shown(object.tree());
    }

    /** An answer with the scale of an object. */
    ApiResponse.Complete scale(
            TableShape columns, ApiRequest request, Representation representation, ObjectNode scale) {
        refuseListOfOne(representation, "*autoscaling.Scale");
        return representation.answer(200, shaped(columns, request, representation, scale));
    }

    /** The object, or the view of it that the client wants. */
    ObjectNode shaped(Target target, ApiRequest request, Representation representation, ObjectNode object) {
        return shaped(target.strategy().table(), request, representation, object);
    }

    private ObjectNode shaped(TableShape shape, ApiRequest request, Representation representation, ObjectNode object) {
        return switch (representation.shape()) {
            case OBJECT -> object;
            case TABLE -> {
                ObjectNode table = table(shape, representation.viewVersion(), true);
                table.putArray("rows").add(row(shape, object, representation.viewVersion(), RowObject.of(request)));
                table.putObject("metadata").put("resourceVersion", KubeObject.resourceVersion(object));
                yield table;
            }
            case PARTIAL, PARTIAL_LIST -> partial(object, representation.viewVersion());
        };
    }

    /** The object of a watch event; the columns come with the first one only. */
    ObjectNode event(
            Target target, ApiRequest request, Representation representation, boolean columns, ObjectNode object) {
        ObjectNode shaped = shaped(target, request, representation, object);
        if (representation.shape() == Shape.TABLE && !columns) {
            shaped.putNull("columnDefinitions");
        }
        return shaped;
    }

    /** What a bookmark carries. */
    ObjectNode bookmark(Target target, Representation representation, long revision, boolean initialEventsEnd) {
        ObjectNode object;
        if (representation.shape() == Shape.TABLE) {
            object = table(target.strategy().table(), representation.viewVersion(), false);
            object.putNull("columnDefinitions");
            object.putArray("rows");
        } else {
            object = Json.object();
            boolean whole = representation.shape() == Shape.OBJECT;
            object.put("kind", whole ? target.type().kind() : "PartialObjectMetadata");
            object.put("apiVersion", whole ? target.type().gvr().apiVersion() : META + representation.viewVersion());
        }
        ObjectNode metadata = object.putObject("metadata").put("resourceVersion", Long.toString(revision));
        if (initialEventsEnd) {
            metadata.putObject("annotations").put("k8s.io/initial-events-end", "true");
        }
        return object;
    }

    /** A type as Kubernetes' messages name it. */
    private static String goType(Target target, String kind) {
        String group = target.type().gvr().group();
        return "*" + (group.isEmpty() ? "core" : group.split("\\.", 2)[0]) + "." + kind;
    }

    private static ObjectNode table(TableShape shape, String version, boolean columns) {
        ObjectNode table = Json.object().put("kind", "Table").put("apiVersion", META + version);
        table.putObject("metadata");
        if (columns) {
            table.set("columnDefinitions", shape.columnDefinitions());
        }
        return table;
    }

    private ObjectNode row(TableShape shape, ObjectNode object, String version, RowObject rowObject) {
        ObjectNode row = Json.object();
        ArrayNode cells = row.putArray("cells");
        shape.cells(object, clock.instant()).forEach(cells::add);
        switch (rowObject) {
            case OBJECT -> row.set("object", object);
            case METADATA -> row.set("object", partial(object, version));
            case NONE -> row.putNull("object");
        }
        return row;
    }

    private static ObjectNode partial(ObjectNode object, String version) {
        ObjectNode partial = Json.object().put("kind", "PartialObjectMetadata").put("apiVersion", META + version);
        partial.set("metadata", KubeObject.metadata(object));
        return partial;
    }

    /** A list of trees in the version of the URL, as deletecollection answers. */
    ApiResponse.Complete list(Target target, Representation representation, long revision, List<ObjectNode> items) {
        ObjectNode list = Json.object()
                .put("kind", target.type().listKind())
                .put("apiVersion", target.type().gvr().apiVersion());
        list.putObject("metadata").put("resourceVersion", Long.toString(revision));
        items.forEach(list.putArray("items")::add);
        return representation.answer(200, list);
    }
}
