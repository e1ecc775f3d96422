package io.kybern.lifecycle.core.quota;

import io.kybern.api.Json;
import io.kybern.api.ObjectKey;
import io.kybern.api.Quantity;
import io.kybern.api.quota.Amounts;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.PatchType;
import io.kybern.events.Informer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps what a quota's status says of its limits and of what is used; see "Resource Quotas" in the Kubernetes documentation.
 *
 * <p>The API server charges a quota before it writes an object. So what is counted may be less than what is charged, and only a
 * part of the difference may be given back: never what a write in flight was charged, and nothing while the caches are behind the
 * quota. This way a count never makes room that is taken already.
 */
public final class QuotaReconciler implements Reconciler {

    /** An object of which nothing but its existence counts. */
    static final JsonNode NOTHING = Json.object();

    /** Caches without changes of their own learn of the newest revision every few seconds. */
    private static final Duration CATCH_UP = Duration.ofSeconds(1);

    private final Informer<MeasuredObject> quotas;
    private final ObjectApi<MeasuredObject> api;
    private final QuotaUsage usage;
    private final RecentCharges charges;
    private final Clock clock;
    private final Map<ObjectKey, Moment> moments = new ConcurrentHashMap<>();

    public QuotaReconciler(
            Informer<MeasuredObject> quotas,
            ObjectApi<MeasuredObject> api,
            QuotaUsage usage,
            RecentCharges charges,
            Clock clock) {
        this.quotas = quotas;
        this.api = api;
        this.usage = usage;
        this.charges = charges;
        this.clock = clock;
    }

    /** A time, and a revision that the server had reached when it was over. */
    private record Moment(Instant time, long revision) {}

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<MeasuredObject> found = quotas.get(key);
        if (found.isEmpty()) {
            charges.forget(key);
            moments.remove(key);
            return Outcome.done();
        }
        MeasuredObject quota = found.get();
        settleCharges(key, quota);
        JsonNode tree = quota.counted();
        Amounts hard = Amounts.read(tree.path("spec").path("hard"));
        Amounts before = Amounts.read(tree.path("status").path("used"));
        QuotaUsage.Counted counted = usage.count(quota);
        Amounts used = next(before, counted, charges.open(key)).only(hard.names());
        boolean same = used.equals(before)
                && Amounts.read(tree.path("status").path("hard")).equals(hard)
                && tree.path("status").has("hard");
        if (!same) {
            try {
                api.patch(key, "status", PatchType.MERGE, patch(quota, hard, used));
            } catch (ApiFailure failure) {
                if (!failure.isNotFound()) {
                    throw failure;
                }
            }
        }
        boolean settled =
                counted.behind().isEmpty() && used.only(counted.used().names()).equals(counted.used());
        if (!settled) {
            return Outcome.again(CATCH_UP, "charges may belong to writes in flight");
        }
        return charges.open(key).isEmpty()
                ? Outcome.done()
                : Outcome.again(RecentCharges.IN_FLIGHT, "the writes that were charged have ended by then");
    }

    /**
     * Forgets the charges whose writes the caches show. That a write has ended is not enough, for a cache may be as new as the quota
     * and not show an object that came after it; so the server is asked for a revision that is newer than the end of those writes.
     */
    private void settleCharges(ObjectKey key, MeasuredObject quota) {
        Instant now = clock.instant();
        Moment moment = moments.get(key);
        if (moment == null && charges.anyEndedBy(key, now)) {
            moment = new Moment(now, api.list().revision());
            moments.put(key, moment);
        }
        if (moment != null && usage.shows(quota, moment.revision())) {
            charges.shownUpTo(key, moment.time());
            moments.remove(key);
        }
    }

    /** Of each resource what is counted; while that is less than was said, what may be in flight is left in. */
    private static Amounts next(Amounts before, QuotaUsage.Counted counted, Amounts inFlight) {
        TreeMap<String, Quantity> next = new TreeMap<>(before.byName());
        counted.used().byName().forEach((name, now) -> {
            Quantity said = before.get(name);
            boolean less = now.compareTo(said) < 0;
            if (!less) {
                next.put(name, now);
            } else if (!counted.behind().contains(name)) {
                Quantity cautious = now.add(inFlight.get(name));
                next.put(name, cautious.compareTo(said) < 0 ? cautious : said);
            }
        });
        return Amounts.of(next);
    }

    /** Only over the state that was looked at: a charge in between makes it a conflict. */
    private static String patch(MeasuredObject quota, Amounts hard, Amounts used) {
        ObjectNode patch = Json.object();
        patch.putObject("metadata").put("resourceVersion", quota.getMetadata().getResourceVersion());
        ObjectNode status = patch.putObject("status");
        JsonNode present = quota.counted().path("status");
        status.set("hard", replacing(present.path("hard"), hard));
        status.set("used", replacing(present.path("used"), used));
        return Json.string(patch);
    }

    private static ObjectNode replacing(JsonNode present, Amounts amounts) {
        ObjectNode fields = amounts.toJson();
        Set<String> names = amounts.names();
        present.propertyNames().stream().filter(name -> !names.contains(name)).forEach(fields::putNull);
        return fields;
    }
}
