package io.kybern.events;

import io.kybern.api.GroupResource;
import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A store and a relay in a few lines: every write is an event of the pods' topic. */
final class Model {

    static final ResourceType PODS = ResourceRegistry.builtIn().require("", "v1", "pods");
    static final GroupResource RESOURCE = PODS.storage();
    static final String TOPIC = EventTopics.of(ResourceRegistry.builtIn()).topic(RESOURCE);

    private final TreeMap<ObjectKey, JsonNode> objects = new TreeMap<>();
    private long revision;
    private long sequence;

    static InformerSpec<JsonNode> spec(ObjectLister<JsonNode> lister) {
        return new InformerSpec<>(
                PODS,
                JsonNode.class,
                Json::read,
                lister,
                KubeObject::key,
                object -> Long.parseLong(KubeObject.resourceVersion(object)));
    }

    synchronized ListResult<JsonNode> list() {
        return new ListResult<>(new ArrayList<>(objects.values()), revision);
    }

    synchronized Map<ObjectKey, JsonNode> objects() {
        return new TreeMap<>(objects);
    }

    synchronized long revision() {
        return revision;
    }

    /** A write of another resource: only the revision moves. */
    synchronized void elsewhere() {
        revision++;
    }

    synchronized ObjectEvent put(ObjectKey key) {
        revision++;
        ObjectNode object = Json.object();
        KubeObject.metadata(object)
                .put("name", key.name())
                .put("namespace", key.namespace())
                .put("resourceVersion", "" + revision);
        boolean added = objects.put(key, object) == null;
        return event(added ? ObjectEvent.Type.ADDED : ObjectEvent.Type.MODIFIED, key, object);
    }

    synchronized ObjectEvent delete(ObjectKey key) {
        revision++;
        JsonNode last = objects.remove(key);
        return event(ObjectEvent.Type.DELETED, key, last);
    }

    synchronized ObjectEvent bookmark() {
        return new ObjectEvent(
                ObjectEvent.Type.BOOKMARK, TOPIC, RESOURCE, null, revision, sequence, new byte[] {'{', '}'});
    }

    /** The store and the relay begin anew, with nothing. */
    synchronized void lose() {
        objects.clear();
        revision = 0;
        sequence = 0;
    }

    private ObjectEvent event(ObjectEvent.Type type, ObjectKey key, JsonNode object) {
        sequence++;
        return new ObjectEvent(type, TOPIC, RESOURCE, key, revision, sequence, Json.bytes(object));
    }

    static List<String> names(Iterable<JsonNode> objects) {
        List<String> names = new ArrayList<>();
        objects.forEach(object -> names.add(KubeObject.name(object) + "@" + KubeObject.resourceVersion(object)));
        return names;
    }
}
