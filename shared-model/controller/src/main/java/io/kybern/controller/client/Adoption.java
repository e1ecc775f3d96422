package io.kybern.controller.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.kybern.controller.model.Owners;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Takes objects over and lets them go, by their owner references, and only in the state in which they were seen.
 *
 * <p>Before it adopts, a controller asks the server whether the owner still exists, by its uid: the cache may show one that is
 * gone. See "Owners and Dependents" of the Kubernetes documentation.
 */
public final class Adoption<T extends HasMetadata> {

    private final ObjectApi<T> objects;
    private final ObjectMapper mapper = new ObjectMapper();

    public Adoption(ObjectApi<T> objects) {
        this.objects = objects;
    }

    /** Whether the server still has that owner, and is not deleting it. */
    public static <O extends HasMetadata> boolean mayAdopt(O owner, ObjectApi<O> owners) {
        return owners.get(ObjectKeys.of(owner))
                .filter(fresh ->
                        owner.getMetadata().getUid().equals(fresh.getMetadata().getUid()))
                .filter(fresh -> !Owners.isTerminating(fresh))
                .isPresent();
    }

    /** Adds the reference. Empty if the object is gone. */
    public Optional<Written<T>> adopt(T object, OwnerReference owner) {
        return adopt(object, owner, null);
    }

    /**
     * Adds the reference, and a finalizer with it.
     *
     * @param finalizer that keeps the object until its owner has taken note of its end; null for none
     * @return empty if the object is gone
     */
    public Optional<Written<T>> adopt(T object, OwnerReference owner, @Nullable String finalizer) {
        List<OwnerReference> references = new ArrayList<>(Owners.references(object));
        references.removeIf(reference -> reference.getUid().equals(owner.getUid()));
        references.add(owner);
        List<String> finalizers = new ArrayList<>(object.getMetadata().getFinalizers());
        if (finalizer != null && !finalizers.contains(finalizer)) {
            finalizers.add(finalizer);
        }
        return patch(object, references, finalizers);
    }

    /** Removes the reference to the owner. Empty if the object is gone. */
    public Optional<Written<T>> release(T object, String ownerUid) {
        return release(object, ownerUid, null);
    }

    /** Removes the reference to the owner, and its finalizer. Empty if the object is gone. */
    public Optional<Written<T>> release(T object, String ownerUid, @Nullable String finalizer) {
        List<OwnerReference> references = new ArrayList<>(Owners.references(object));
        references.removeIf(reference -> reference.getUid().equals(ownerUid));
        List<String> finalizers = new ArrayList<>(object.getMetadata().getFinalizers());
        finalizers.removeIf(each -> each.equals(finalizer));
        return patch(object, references, finalizers);
    }

    /** Gives the object these owner references. Empty if it is gone. */
    public Optional<Written<T>> own(T object, List<OwnerReference> owners) {
        return patch(object, owners, object.getMetadata().getFinalizers());
    }

    /**
     * Removes a finalizer and leaves the others alone, whoever added them.
     *
     * @param asSeen only in the state in which the object was seen
     * @return empty if the object is gone
     */
    public Optional<Written<T>> unblock(T object, String finalizer, boolean asSeen) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("uid", object.getMetadata().getUid());
        if (asSeen) {
            metadata.put("resourceVersion", object.getMetadata().getResourceVersion());
        }
        metadata.put("$deleteFromPrimitiveList/finalizers", List.of(finalizer));
        return patch(object, PatchType.STRATEGIC, metadata);
    }

    private Optional<Written<T>> patch(T object, List<OwnerReference> references, List<String> finalizers) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("uid", object.getMetadata().getUid());
        metadata.put("resourceVersion", object.getMetadata().getResourceVersion());
        if (!references.equals(Owners.references(object))) {
            metadata.put("ownerReferences", references.isEmpty() ? null : references);
        }
        if (!finalizers.equals(object.getMetadata().getFinalizers())) {
            metadata.put("finalizers", finalizers.isEmpty() ? null : finalizers);
        }
        return patch(object, PatchType.MERGE, metadata);
    }

    private Optional<Written<T>> patch(T object, PatchType type, Map<String, Object> metadata) {
        try {
            String patch = mapper.writeValueAsString(Map.of("metadata", metadata));
            return Optional.of(objects.patch(ObjectKeys.of(object), type, patch));
        } catch (ApiFailure failure) {
            if (failure.isNotFound()) {
                return Optional.empty();
            }
            throw failure;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("owner references are always JSON", e);
        }
    }
}
