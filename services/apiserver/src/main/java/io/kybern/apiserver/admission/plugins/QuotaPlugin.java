package io.kybern.apiserver.admission.plugins;

import io.kybern.api.GroupResource;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.api.quota.Amounts;
import io.kybern.api.quota.QuotaRules;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.registry.Absent;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.StorageException;
import io.kybern.apiserver.storage.StoredObject;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Refuses what would exceed a quota of the namespace, and charges the quotas for what it lets pass. The charge is written to the
 * quota's status, only over the state that was checked, before the object itself is: so two writes, also of two servers, never
 * both take what is left. A charge whose write then fails is taken back by the quota controller.
 */
final class QuotaPlugin implements AdmissionPlugin {

    /** Enough for a crowd of servers on one namespace: within one server, writers queue up. */
    private static final int MAX_ATTEMPTS = 30;

    private static final int STRIPES = 64;
    private static final GroupResource QUOTAS = new GroupResource("", "resourcequotas");
    /** What is no state of the namespace's users, or counts itself. */
    private static final Set<GroupResource> IGNORED = Set.of(
            new GroupResource("", "events"),
            new GroupResource("events.k8s.io", "events"),
            new GroupResource("", "bindings"));

    private final ClusterReader cluster;
    private final ObjectStore store;
    private final Clock clock;
    private final ResourceType type = ResourceRegistry.builtIn().require("", "v1", "resourcequotas");
    private final List<ReentrantLock> queues =
            Stream.generate(ReentrantLock::new).limit(STRIPES).toList();

    QuotaPlugin(ClusterReader cluster, ObjectStore store, Clock clock) {
        this.cluster = cluster;
        this.store = store;
        this.clock = clock;
    }

    /** A quota in a state of the store, and what it is to be charged. */
    private record Charge(StoredObject state, ObjectNode quota, Amounts requested) {}

    @Override
    public String name() {
        return "ResourceQuota";
    }

    @Override
    public void validate(AdmissionRequest request) {
        AdmissionRequest.Target target = request.target();
        QuotaRules rules = new QuotaRules(target.type().groupResource());
        if (!handles(request, rules)) {
            return;
        }
        List<String> names = cluster.list("", QUOTAS.resource(), target.namespace()).stream()
                .map(KubeObject::name)
                .toList();
        if (names.isEmpty()) {
            return;
        }
        if (request.dryRun()) {
            check(request, rules, names);
            return;
        }
        ReentrantLock queue = queues.get(Math.floorMod(target.namespace().hashCode(), STRIPES));
        queue.lock();
        try {
            charge(request, rules, new ArrayList<>(names));
        } finally {
            queue.unlock();
        }
    }

    private static boolean handles(AdmissionRequest request, QuotaRules rules) {
        AdmissionRequest.Target target = request.target();
        boolean plain = target.subresource().isEmpty();
        boolean counted = target.type().namespaced()
                && target.type().stored()
                && !IGNORED.contains(target.type().groupResource());
        boolean resizes = rules.isPods() && target.subresource().equals("resize");
        boolean grows = request.operation() == AdmissionOperation.UPDATE && (plain && rules.canGrow() || resizes);
        boolean made = request.operation() == AdmissionOperation.CREATE && plain;
        return counted && (made || grows);
    }

    /** Checks all quotas, then charges them; those that somebody else changed meanwhile are checked and charged again. */
    private void charge(AdmissionRequest request, QuotaRules rules, List<String> names) {
        for (int attempt = 1; !names.isEmpty(); attempt++) {
            List<String> changed = new ArrayList<>();
            for (Charge charge : check(request, rules, names)) {
                if (!charged(charge)) {
                    changed.add(charge.state().key().name());
                }
            }
            if (!changed.isEmpty() && attempt >= MAX_ATTEMPTS) {
                throw ApiException.conflict(
                        QUOTAS,
                        changed.getFirst(),
                        "the object has been modified; please apply your changes to the latest version and try again");
            }
            names.clear();
            names.addAll(changed);
        }
    }

    private boolean charged(Charge charge) {
        ObjectNode status = Absent.object(charge.quota(), "status");
        Amounts used = Amounts.read(status.path("used"));
        status.set("used", used.plus(charge.requested()).toJson());
        try {
            store.update(type, charge.state().key(), charge.state().revision(), charge.quota())
                    .join();
            return true;
        } catch (CompletionException e) {
            StorageException failure = StorageException.of(e);
            return switch (failure) {
                case StorageException.Conflict conflict -> false;
                // a quota that is gone limits nothing
                case StorageException.NotFound gone -> true;
                default -> throw ApiException.serverTimeout(QUOTAS, "update", 1);
            };
        }
    }

    /** The quotas that the write must be charged to; refuses it if one does not allow it. */
    private List<Charge> check(AdmissionRequest request, QuotaRules rules, List<String> names) {
        ObjectNode object = request.object().orElseThrow();
        Amounts usage = rules.usage(object, clock.instant());
        Amounts requested = request.operation() == AdmissionOperation.UPDATE
                ? usage.minus(rules.usage(request.oldObject().orElseThrow(), clock.instant()))
                : usage;
        Amounts added = requested.withoutZeros();
        List<Charge> charges = new ArrayList<>();
        for (String name : names) {
            ObjectKey key = new ObjectKey(request.target().namespace(), name);
            Optional<StoredObject> state = store.get(type, key).join();
            if (state.isPresent()) {
                ObjectNode quota = state.get().tree();
                limit(request, rules, quota, added)
                        .filter(some -> !some.isEmpty())
                        .ifPresent(some -> charges.add(new Charge(state.get(), quota, some)));
            }
        }
        return charges;
    }

    /** What the write adds to a quota; empty if the quota does not concern it. */
    private static Optional<Amounts> limit(AdmissionRequest request, QuotaRules rules, JsonNode quota, Amounts added) {
        ObjectNode object = request.object().orElseThrow();
        Amounts hard = Amounts.read(quota.path("status").path("hard"));
        Amounts used = Amounts.read(quota.path("status").path("used"));
        Set<String> covered = rules.covered(hard.names());
        if (covered.isEmpty() || !rules.inScope(quota.path("spec"), object)) {
            return Optional.empty();
        }
        String name = KubeObject.name(quota);
        String missing = rules.missing(object, covered);
        if (!missing.isEmpty()) {
            throw refused(request, "failed quota: %s: must specify %s".formatted(name, missing));
        }
        if (!used.names().containsAll(covered)) {
            throw refused(
                    request, "status unknown for quota: %s, resources: %s".formatted(name, String.join(",", covered)));
        }
        Amounts requested = added.only(hard.names());
        Set<String> exceeded =
                used.plus(requested).only(requested.increases().names()).above(hard);
        if (!exceeded.isEmpty()) {
            throw refused(
                    request,
                    "exceeded quota: %s, requested: %s, used: %s, limited: %s"
                            .formatted(name, requested.only(exceeded), used.only(exceeded), hard.only(exceeded)));
        }
        // what becomes free is given back when the write is seen: a write that fails must not make room
        return Optional.of(requested.increases());
    }

    private static ApiException refused(AdmissionRequest request, String why) {
        return ApiException.forbidden(
                request.target().type().groupResource(), request.target().name(), why);
    }
}
