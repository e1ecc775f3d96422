package io.kybern.controller.fake;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceType;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.client.PatchType;
import io.kybern.controller.client.Written;
import io.kybern.events.ListResult;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The objects of one type in a {@link FakeCluster}: revisions, uids, generations, optimistic concurrency, status apart from the
 * rest, and merge patches like the API server, and finalizers; no defaults, no validation. Changes reach the informer at once, or
 * when {@link #deliver} is called.
 */
public final class FakeObjects<T extends HasMetadata> implements ObjectApi<T> {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** Of a strategic merge patch: values that a list loses. */
    private static final String DELETE_FROM_LIST = "$deleteFromPrimitiveList/";

    static {
        new KubernetesSerialization(MAPPER, false);
    }

    private final FakeCluster cluster;
    private final ResourceType type;
    private final Class<T> model;
    private final Map<ObjectKey, T> objects = new TreeMap<>();
    private final Deque<Runnable> undelivered = new ArrayDeque<>();
    private final FakeInformer<T> informer = new FakeInformer<>();
    private final List<String> writes = new ArrayList<>();
    private Function<String, @Nullable ApiFailure> fault = write -> null;
    private boolean graceful;
    private boolean held;

    FakeObjects(FakeCluster cluster, ResourceType type, Class<T> model) {
        this.cluster = cluster;
        this.type = type;
        this.model = model;
    }

    public FakeInformer<T> informer() {
        return informer;
    }

    /** From now on deletes only mark objects; {@link #remove} removes them. */
    public void deleteGracefully() {
        graceful = true;
    }

    /** From now on changes wait for {@link #deliver}. */
    public void hold() {
        held = true;
    }

    /** Lets up to so many waiting changes reach the informer. */
    public void deliver(int count) {
        for (int i = 0; i < count; i++) {
            Runnable change;
            synchronized (cluster) {
                change = undelivered.poll();
            }
            if (change == null) {
                return;
            }
            change.run();
        }
    }

    /** Lets all waiting changes reach the informer. */
    public void deliverAll() {
        deliver(Integer.MAX_VALUE);
    }

    /** The failure that a write meets, by its verb; null for none. */
    public void failWrites(Function<String, @Nullable ApiFailure> why) {
        fault = why;
    }

    /** The writes since the last call: verb and key. */
    public List<String> takeWrites() {
        synchronized (cluster) {
            List<String> taken = List.copyOf(writes);
            writes.clear();
            return taken;
        }
    }

    /** What the server holds, in the order of the keys. */
    public Collection<T> all() {
        synchronized (cluster) {
            return List.copyOf(objects.values());
        }
    }

    /** The server's state of one object. */
    public T require(String namespace, String name) {
        return get(new ObjectKey(namespace, name)).orElseThrow(() -> new AssertionError("no " + name));
    }

    /** Takes the object away at once. */
    public void remove(ObjectKey key) {
        synchronized (cluster) {
            objects.remove(key);
            publish(key, null, cluster.nextRevision());
        }
    }

    /** Writes as somebody else: unchecked, uncounted. */
    public T put(T object) {
        synchronized (cluster) {
            T stored = copy(object);
            if (stored.getMetadata().getUid() == null) {
                stored.getMetadata().setUid(cluster.nextUid());
                stored.getMetadata().setGeneration(1L);
            }
            if (stored.getMetadata().getCreationTimestamp() == null) {
                stored.getMetadata().setCreationTimestamp(cluster.now());
            }
            return store(stored).object();
        }
    }

    @Override
    public ResourceType type() {
        return type;
    }

    @Override
    public Optional<T> get(ObjectKey key) {
        synchronized (cluster) {
            return Optional.ofNullable(objects.get(key)).map(this::copy);
        }
    }

    @Override
    public ListResult<T> list() {
        synchronized (cluster) {
            return new ListResult<>(List.copyOf(objects.values()), cluster.revision());
        }
    }

    @Override
    public Written<T> create(T object) {
        synchronized (cluster) {
            T stored = copy(object);
            if (stored.getMetadata().getName() == null) {
                stored.getMetadata()
                        .setName(stored.getMetadata().getGenerateName()
                                + HexFormat.of().toHexDigits((short) cluster.nextRevision()));
            }
            ObjectKey key = ObjectKeys.of(stored);
            note("create", key);
            if (objects.containsKey(key)) {
                throw failure(409, "AlreadyExists", key, "already exists");
            }
            stored.getMetadata().setUid(cluster.nextUid());
            stored.getMetadata().setGeneration(1L);
            stored.getMetadata().setCreationTimestamp(cluster.now());
            return store(stored);
        }
    }

    @Override
    public Written<T> update(T object) {
        return replace(object, "");
    }

    @Override
    public Written<T> update(T object, String subresource) {
        return replace(object, subresource);
    }

    private Written<T> replace(T object, String subresource) {
        synchronized (cluster) {
            ObjectKey key = ObjectKeys.of(object);
            note(subresource.isEmpty() ? "update" : "update " + subresource, key);
            T old = existing(key);
            String version = object.getMetadata().getResourceVersion();
            if (version != null && !version.equals(old.getMetadata().getResourceVersion())) {
                throw failure(409, "Conflict", key, "the object has been modified");
            }
            ObjectNode before = MAPPER.valueToTree(old);
            ObjectNode after = MAPPER.valueToTree(object);
            boolean status = subresource.equals("status") || subresource.equals("approval");
            ObjectNode result = status ? before.deepCopy() : after;
            result.set("status", status ? after.get("status") : before.get("status"));
            return change(key, before, result);
        }
    }

    @Override
    public Written<T> patch(ObjectKey key, PatchType patchType, String patch) {
        return patch(key, "", patchType, patch);
    }

    @Override
    public Written<T> patch(ObjectKey key, String subresource, PatchType patchType, String patch) {
        synchronized (cluster) {
            note("patch", key);
            ObjectNode before = MAPPER.valueToTree(existing(key));
            JsonNode change = tree(patch);
            for (String guard : List.of("uid", "resourceVersion")) {
                JsonNode wanted = change.path("metadata").path(guard);
                if (wanted.isTextual() && !wanted.equals(before.path("metadata").path(guard))) {
                    throw failure(409, "Conflict", key, "the object has been modified");
                }
            }
            ObjectNode result = before.deepCopy();
            merge(result, change);
            return change(key, before, result);
        }
    }

    @Override
    public long delete(ObjectKey key, DeleteRequest request) {
        synchronized (cluster) {
            note("delete", key);
            T old = existing(key);
            if (request.uid() != null && !request.uid().equals(old.getMetadata().getUid())) {
                throw failure(409, "Conflict", key, "the UID in the precondition does not match");
            }
            if (graceful || !old.getMetadata().getFinalizers().isEmpty()) {
                if (old.getMetadata().getDeletionTimestamp() != null) {
                    return ObjectKeys.revision(old);
                }
                T marked = copy(old);
                marked.getMetadata().setDeletionTimestamp(cluster.now());
                return store(marked).revision();
            }
            objects.remove(key);
            long revision = cluster.nextRevision();
            publish(key, null, revision);
            return revision;
        }
    }

    private Written<T> change(ObjectKey key, ObjectNode before, ObjectNode after) {
        if (after.equals(before)) {
            T same = existing(key);
            return new Written<>(copy(same), ObjectKeys.revision(same));
        }
        T changed = decode(after);
        if (!after.path("spec").equals(before.path("spec"))) {
            changed.getMetadata()
                    .setGeneration(before.path("metadata").path("generation").asLong() + 1);
        }
        return store(changed);
    }

    private Written<T> store(T object) {
        long revision = cluster.nextRevision();
        object.getMetadata().setResourceVersion(Long.toString(revision));
        ObjectKey key = ObjectKeys.of(object);
        if (isReleased(object)) {
            objects.remove(key);
            publish(key, null, revision);
            return new Written<>(copy(object), revision);
        }
        objects.put(key, object);
        publish(key, object, revision);
        return new Written<>(copy(object), revision);
    }

    /** Whether nothing holds a deleted object any longer: its last finalizer has gone. */
    private boolean isReleased(T object) {
        T before = objects.get(ObjectKeys.of(object));
        return before != null
                && object.getMetadata().getDeletionTimestamp() != null
                && !graceful
                && object.getMetadata().getFinalizers().isEmpty()
                && !before.getMetadata().getFinalizers().isEmpty();
    }

    private void publish(ObjectKey key, @Nullable T object, long revision) {
        @Nullable T snapshot = object == null ? null : copy(object);
        if (held) {
            undelivered.add(() -> informer.apply(key, snapshot, revision));
        } else {
            informer.apply(key, snapshot, revision);
        }
    }

    private void note(String verb, ObjectKey key) {
        writes.add(verb + " " + key);
        ApiFailure failure = fault.apply(verb);
        if (failure != null) {
            throw failure;
        }
    }

    private T existing(ObjectKey key) {
        T object = objects.get(key);
        if (object == null) {
            throw failure(404, "NotFound", key, "not found");
        }
        return object;
    }

    private ApiFailure failure(int code, String reason, ObjectKey key, String why) {
        return ApiFailure.answered(code, reason, type.groupResource() + " \"" + key.name() + "\" " + why, null);
    }

    private T copy(T object) {
        return decode(MAPPER.valueToTree(object));
    }

    private T decode(JsonNode tree) {
        try {
            return MAPPER.treeToValue(tree, model);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private static JsonNode tree(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private static void merge(ObjectNode target, JsonNode patch) {
        patch.properties().forEach(entry -> {
            JsonNode value = entry.getValue();
            if (entry.getKey().startsWith(DELETE_FROM_LIST)) {
                deleteFrom(target.path(entry.getKey().substring(DELETE_FROM_LIST.length())), value);
            } else if (value.isNull()) {
                target.remove(entry.getKey());
            } else if (value.isObject() && target.path(entry.getKey()).isObject()) {
                merge((ObjectNode) target.get(entry.getKey()), value);
            } else {
                target.set(entry.getKey(), value);
            }
        });
    }

    private static void deleteFrom(JsonNode list, JsonNode values) {
        for (Iterator<JsonNode> each = list.elements(); each.hasNext(); ) {
            JsonNode item = each.next();
            for (JsonNode value : values) {
                if (value.equals(item)) {
                    each.remove();
                }
            }
        }
    }
}
