package io.kybern.lifecycle.core.quota;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.kybern.api.Quantity;
import io.kybern.api.quota.Amounts;
import io.kybern.api.quota.QuotaRules;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.events.ObjectChange;
import io.kybern.lifecycle.core.AnyObjects;
import java.time.Clock;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** What the objects of a namespace count for in a quota, as the caches show them. */
public final class QuotaUsage {

    private final AnyObjects objects;
    private final Clock clock;

    public QuotaUsage(AnyObjects objects, Clock clock) {
        this.objects = objects;
        this.clock = clock;
    }

    /**
     * What was counted.
     *
     * @param used what is in use, of each resource that some type can count for
     * @param behind the resources that may be counted too low, because a cache has not caught up with the quota
     */
    record Counted(Amounts used, Set<String> behind) {}

    /** Counts for a quota in the given state. */
    Counted count(MeasuredObject quota) {
        JsonNode spec = quota.counted().path("spec");
        Set<String> limited = Amounts.read(spec.path("hard")).names();
        long revision = ObjectKeys.revision(quota);
        Amounts used = Amounts.NONE;
        Set<String> behind = new HashSet<>();
        for (AnyObjects.Entry entry : objects.all()) {
            QuotaRules rules = new QuotaRules(entry.type().groupResource());
            Set<String> covered = rules.covered(limited);
            if (covered.isEmpty() || !entry.type().namespaced()) {
                continue;
            }
            if (entry.cache().revision() < revision) {
                behind.addAll(covered);
            }
            TreeMap<String, Quantity> none = new TreeMap<>();
            covered.forEach(name -> none.put(name, Quantity.ZERO));
            used = used.plus(Amounts.of(none))
                    .plus(sum(entry, rules, quota, spec).only(covered));
        }
        return new Counted(used, behind);
    }

    /** Whether every cache that counts for the quota shows at least that revision. */
    boolean shows(MeasuredObject quota, long revision) {
        Set<String> limited =
                Amounts.read(quota.counted().path("spec").path("hard")).names();
        return objects.all().stream()
                .filter(entry -> entry.type().namespaced()
                        && !new QuotaRules(entry.type().groupResource())
                                .covered(limited)
                                .isEmpty())
                .allMatch(entry -> entry.cache().revision() >= revision);
    }

    private Amounts sum(AnyObjects.Entry entry, QuotaRules rules, MeasuredObject quota, JsonNode spec) {
        Amounts sum = Amounts.NONE;
        for (HasMetadata object : entry.cache().byNamespace(quota.getMetadata().getNamespace())) {
            JsonNode counted = counted(object);
            if (rules.inScope(spec, counted)) {
                sum = sum.plus(rules.usage(counted, clock.instant()));
            }
        }
        return sum;
    }

    private static JsonNode counted(HasMetadata object) {
        return object instanceof MeasuredObject measured ? measured.counted() : QuotaReconciler.NOTHING;
    }

    /** The quotas of the namespace that a change concerns: those that limit what the object counts for, if that changed. */
    public Collection<ObjectKey> concerned(
            AnyObjects.Entry entry,
            ObjectChange<? extends HasMetadata> change,
            Collection<MeasuredObject> quotasOfNamespace) {
        if (quotasOfNamespace.isEmpty() || !entry.type().namespaced() || saysTheSame(entry, change)) {
            return List.of();
        }
        QuotaRules rules = new QuotaRules(entry.type().groupResource());
        return quotasOfNamespace.stream()
                .filter(quota -> !rules.covered(
                                Amounts.read(quota.counted().path("spec").path("hard"))
                                        .names())
                        .isEmpty())
                .map(ObjectKeys::of)
                .toList();
    }

    private boolean saysTheSame(AnyObjects.Entry entry, ObjectChange<? extends HasMetadata> change) {
        HasMetadata before = change.before();
        HasMetadata after = change.after();
        if (before == null || after == null) {
            return false;
        }
        if (!(before instanceof MeasuredObject measured)) {
            return true;
        }
        GroupResource type = entry.type().groupResource();
        QuotaRules rules = new QuotaRules(type);
        // the scopes of pods look at more than the amounts
        return rules.isPods()
                ? Objects.equals(measured.counted(), counted(after))
                : rules.usage(measured.counted(), clock.instant()).equals(rules.usage(counted(after), clock.instant()));
    }
}
