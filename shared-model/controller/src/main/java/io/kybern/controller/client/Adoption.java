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
        List<OwnerReference> references = new ArrayList<>(Owners.references(object));
        references.removeIf(reference -> reference.getUid().equals(owner.getUid()));
        references.add(owner);
        return patch(object, references);
    }

    /** Removes the reference to the owner. Empty if the object is gone. */
    public Optional<Written<T>> release(T object, String ownerUid) {
        List<OwnerReference> references = new ArrayList<>(Owners.references(object));
        references.removeIf(reference -> reference.getUid().equals(ownerUid));
        return patch(object, references);
    }

    private Optional<Written<T>> patch(T object, List<OwnerReference> references) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("uid", object.getMetadata().getUid());
        metadata.put("resourceVersion", object.getMetadata().getResourceVersion());
        metadata.put("ownerReferences", references.isEmpty() ? null : references);
        try {
            String patch = mapper.writeValueAsString(Map.of("metadata", metadata));
            return Optional.of(objects.patch(ObjectKeys.of(object), PatchType.MERGE, patch));
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
