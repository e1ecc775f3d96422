package io.kybern.workload.core.history;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.ControllerRevisionBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.api.selector.LabelSelector;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.Adoption;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.client.PatchType;
import io.kybern.controller.model.Canonical;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Keeps the ControllerRevisions of workloads: one for each template that a workload has had, as far back as it wants. */
public final class RevisionHistory<O extends HasMetadata> {

    private final Informer<ControllerRevision> cache;
    private final ObjectApi<ControllerRevision> api;
    private final ObjectApi<O> owners;
    private final Adoption<ControllerRevision> adoption;
    private final WriteFence fence;
    private final String hashLabel;

    /** @param hashLabel the label of a revision with its hash */
    public RevisionHistory(
            Informer<ControllerRevision> cache,
            ObjectApi<ControllerRevision> api,
            ObjectApi<O> owners,
            WriteFence fence,
            String hashLabel) {
        this.cache = cache;
        this.api = api;
        this.owners = owners;
        this.adoption = new Adoption<>(api);
        this.fence = fence;
        this.hashLabel = hashLabel;
    }

    /**
     * The states of the workload, with one for the template that it has now. A state that comes back is the newest again.
     *
     * @param collisions how often a name was taken before
     */
    public Revisions resolve(O owner, LabelSelector selector, PodTemplateSpec template, int collisions) {
        List<ControllerRevision> known = new ArrayList<>(owned(owner, selector));
        known.sort(Revisions.BY_NUMBER);
        long next = known.isEmpty() ? 1 : known.getLast().getRevision() + 1;
        JsonNode data = Revisions.data(template);
        Optional<ControllerRevision> same = known.reversed().stream()
                .filter(revision -> Revisions.says(revision, data))
                .findFirst();
        if (same.isPresent()) {
            ControllerRevision update = same.get();
            if (!update.equals(known.getLast())) {
                known.remove(update);
                update = renumber(owner, update, next);
                known.add(update);
            }
            return new Revisions(known, update, collisions);
        }
        if (Owners.isTerminating(owner) && !known.isEmpty()) {
            return new Revisions(known, known.getLast(), collisions);
        }
        return create(owner, template, new Draft(data, next, known, collisions));
    }

    private record Draft(JsonNode data, long number, List<ControllerRevision> known, int collisions) {}

    private List<ControllerRevision> owned(O owner, LabelSelector selector) {
        List<ControllerRevision> owned = new ArrayList<>(
                cache.byIndex(Informers.BY_CONTROLLER, owner.getMetadata().getUid()));
        if (Owners.isTerminating(owner)) {
            return owned;
        }
        List<ControllerRevision> orphans = cache.byNamespace(owner.getMetadata().getNamespace()).stream()
                .filter(revision -> Owners.controllerOf(revision).isEmpty() && !Owners.isTerminating(revision))
                .filter(revision -> selector.matches(Owners.labels(revision)))
                .toList();
        if (!orphans.isEmpty() && Adoption.mayAdopt(owner, owners)) {
            for (ControllerRevision orphan : orphans) {
                adoption.adopt(orphan, Owners.controllerReference(owner)).ifPresent(written -> {
                    fence.wrote(ObjectKeys.of(owner), cache, written.revision());
                    owned.add(written.object());
                });
            }
        }
        return owned;
    }

    private ControllerRevision renumber(O owner, ControllerRevision revision, long number) {
        var written = api.patch(ObjectKeys.of(revision), PatchType.MERGE, "{\"revision\":" + number + "}");
        fence.wrote(ObjectKeys.of(owner), cache, written.revision());
        return written.object();
    }

    private Revisions create(O owner, PodTemplateSpec template, Draft draft) {
        for (int collisions = draft.collisions(); ; collisions++) {
            String hash = Canonical.hash(draft.data(), collisions == 0 ? null : collisions);
            Map<String, String> labels = new LinkedHashMap<>();
            if (template.getMetadata() != null && template.getMetadata().getLabels() != null) {
                labels.putAll(template.getMetadata().getLabels());
            }
            labels.put(hashLabel, hash);
            String name = owner.getMetadata().getName() + "-" + hash;
            ControllerRevision revision = new ControllerRevisionBuilder()
                    .withNewMetadata()
                    .withNamespace(owner.getMetadata().getNamespace())
                    .withName(name)
                    .withLabels(labels)
                    .withAnnotations(owner.getMetadata().getAnnotations())
                    .withOwnerReferences(Owners.controllerReference(owner))
                    .endMetadata()
                    .withData(draft.data())
                    .withRevision(draft.number())
                    .build();
            Optional<ControllerRevision> created = create(owner, revision, draft.data());
            if (created.isPresent()) {
                List<ControllerRevision> all = new ArrayList<>(draft.known());
                all.add(created.get());
                return new Revisions(all, created.get(), collisions);
            }
        }
    }

    /** Empty if another state has the name. */
    private Optional<ControllerRevision> create(O owner, ControllerRevision revision, JsonNode data) {
        try {
            var written = api.create(revision);
            fence.wrote(ObjectKeys.of(owner), cache, written.revision());
            return Optional.of(written.object());
        } catch (ApiFailure failure) {
            if (!failure.isAlreadyExists()) {
                throw failure;
            }
            ObjectKey key = ObjectKeys.of(revision);
            return api.get(key)
                    .filter(taken ->
                            Owners.isControlledBy(taken, owner.getMetadata().getUid()))
                    .filter(taken -> Revisions.says(taken, data));
        }
    }

    /**
     * Deletes the oldest states beyond the limit.
     *
     * @param live the names of those that are in use and stay
     */
    public void truncate(O owner, Revisions revisions, Set<String> live, int limit) {
        List<ControllerRevision> unused = revisions.all().stream()
                .filter(revision -> !live.contains(Revisions.name(revision)))
                .filter(revision -> !Objects.equals(Revisions.name(revision), Revisions.name(revisions.update())))
                .sorted(Revisions.BY_NUMBER)
                .toList();
        for (ControllerRevision revision : unused.subList(0, Math.max(0, unused.size() - limit))) {
            try {
                long written = api.delete(
                        ObjectKeys.of(revision),
                        DeleteRequest.ofUid(revision.getMetadata().getUid()));
                fence.wrote(ObjectKeys.of(owner), cache, written);
            } catch (ApiFailure failure) {
                if (!failure.isNotFound() && !failure.isConflict()) {
                    throw failure;
                }
            }
        }
    }
}
