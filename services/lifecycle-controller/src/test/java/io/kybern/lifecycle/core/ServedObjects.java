package io.kybern.lifecycle.core;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceType;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.client.PatchType;
import io.kybern.controller.client.Written;
import io.kybern.controller.fake.FakeObjects;
import io.kybern.events.ListResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/** The fake objects of a type, deleted as the API server deletes: with finalizers and the three treatments of dependents. */
final class ServedObjects implements ObjectApi<OwnedObject> {

    final FakeObjects<OwnedObject> objects;
    private Consumer<OwnedObject> onDelete = object -> {};

    ServedObjects(FakeObjects<OwnedObject> objects) {
        this.objects = objects;
    }

    /** Told before each deletion that is accepted. */
    void onDelete(Consumer<OwnedObject> listener) {
        onDelete = listener;
    }

    @Override
    public ResourceType type() {
        return objects.type();
    }

    @Override
    public Optional<OwnedObject> get(ObjectKey key) {
        return objects.get(key);
    }

    @Override
    public ListResult<OwnedObject> list() {
        return objects.list();
    }

    @Override
    public Written<OwnedObject> create(OwnedObject object) {
        return objects.create(object);
    }

    @Override
    public Written<OwnedObject> update(OwnedObject object) {
        return objects.update(object);
    }

    @Override
    public Written<OwnedObject> update(OwnedObject object, String subresource) {
        return objects.update(object, subresource);
    }

    @Override
    public Written<OwnedObject> patch(ObjectKey key, PatchType type, String patch) {
        Written<OwnedObject> written = objects.patch(key, type, patch);
        ObjectMeta metadata = written.object().getMetadata();
        if (metadata.getDeletionTimestamp() != null && finalizers(metadata).isEmpty()) {
            objects.remove(key);
        }
        return written;
    }

    @Override
    public Written<OwnedObject> patch(ObjectKey key, String subresource, PatchType type, String patch) {
        return patch(key, type, patch);
    }

    @Override
    public long delete(ObjectKey key, DeleteRequest request) {
        OwnedObject object =
                objects.get(key).orElseThrow(() -> ApiFailure.answered(404, "NotFound", key + " not found", null));
        ObjectMeta metadata = object.getMetadata();
        boolean other = request.uid() != null && !request.uid().equals(metadata.getUid())
                || request.resourceVersion() != null
                        && !request.resourceVersion().equals(metadata.getResourceVersion());
        if (other) {
            throw ApiFailure.answered(409, "Conflict", key + " precondition failed", null);
        }
        onDelete.accept(object);
        List<String> finalizers = new ArrayList<>(finalizers(metadata));
        finalizers.removeAll(List.of(OwnerStates.FOREGROUND, "orphan"));
        switch (Objects.requireNonNullElse(request.propagation(), "Background")) {
            case "Foreground" -> finalizers.add(OwnerStates.FOREGROUND);
            case "Orphan" -> finalizers.add("orphan");
            default -> {
                // dependents are collected afterwards
            }
        }
        if (finalizers.isEmpty()) {
            objects.remove(key);
            return 0;
        }
        metadata.setFinalizers(finalizers);
        metadata.setDeletionTimestamp("2026-01-01T00:00:00Z");
        return ObjectKeys.revision(objects.put(object));
    }

    private static List<String> finalizers(ObjectMeta metadata) {
        return Objects.requireNonNullElse(metadata.getFinalizers(), List.<String>of());
    }
}
