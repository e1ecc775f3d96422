package io.kybern.lifecycle.core;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.kybern.controller.model.Owners;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Merge patches of owners and finalizers, which apply only to the state that was seen. */
final class ReferencePatches {

    private final ObjectMapper mapper = new ObjectMapper();

    /** The object without those owners. */
    String withoutOwners(HasMetadata object, Collection<String> uids) {
        List<OwnerReference> rest = new ArrayList<>(Owners.references(object));
        rest.removeIf(owner -> uids.contains(owner.getUid()));
        return patch(object, "ownerReferences", rest.isEmpty() ? null : rest);
    }

    /** The object without that finalizer. */
    String withoutFinalizer(HasMetadata object, String finalizer) {
        List<String> rest =
                new ArrayList<>(Objects.requireNonNullElse(object.getMetadata().getFinalizers(), List.<String>of()));
        rest.remove(finalizer);
        return patch(object, "finalizers", rest.isEmpty() ? null : rest);
    }

    /** The object, no longer holding up the deletion of its owners. */
    String unblocking(HasMetadata object) {
        List<OwnerReference> references = new ArrayList<>();
        for (OwnerReference owner : Owners.references(object)) {
            references.add(new OwnerReferenceBuilder(owner)
                    .withBlockOwnerDeletion(false)
                    .build());
        }
        return patch(object, "ownerReferences", references);
    }

    private String patch(HasMetadata object, String field, @Nullable Object value) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("uid", object.getMetadata().getUid());
        metadata.put("resourceVersion", object.getMetadata().getResourceVersion());
        metadata.put(field, value);
        try {
            return mapper.writeValueAsString(Map.of("metadata", metadata));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("metadata is always JSON", e);
        }
    }
}
