package io.kybern.apiserver.admission.policies;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.kybern.api.selector.SelectorSyntaxException;
import io.kybern.apiserver.watch.CachedObject;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.Snapshot;
import io.kybern.apiserver.watch.WatchCache;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * The policies of one kind in the watch cache, compiled, with their bindings. Nothing follows the policies: each request looks whether
 * the cache holds others than before, so a change counts as soon as it is seen. A policy is compiled once for each of its versions.
 *
 * @param <P> what a policy becomes
 */
final class PolicyIndex<P> {

    private static final Logger LOG = LoggerFactory.getLogger(PolicyIndex.class);
    private static final String GROUP = "admissionregistration.k8s.io";

    private final WatchCache cache;
    private final GroupResource policies;
    private final GroupResource bindings;
    private final Function<JsonNode, P> compile;
    private volatile Known<P> known = new Known<>(null, null, Map.of(), List.of());

    /** A policy and all that put it to use. */
    record Bound<P>(P policy, List<Binding> bindings) {}

    private record Compiled<P>(
            CachedObject source, @Nullable P policy) {}

    private record Known<P>(
            @Nullable Snapshot policies,
            @Nullable Snapshot bindings,
            Map<ObjectKey, Compiled<P>> compiled,
            List<Bound<P>> bound) {}

    PolicyIndex(WatchCache cache, String policies, String bindings, Function<JsonNode, P> compile) {
        this.cache = cache;
        this.policies = new GroupResource(GROUP, policies);
        this.bindings = new GroupResource(GROUP, bindings);
        this.compile = compile;
    }

    /** All policies that are put to use, by name. */
    List<Bound<P>> current() {
        Snapshot presentPolicies =
                cache.snapshot(policies, RevisionRequest.any()).join();
        Snapshot presentBindings =
                cache.snapshot(bindings, RevisionRequest.any()).join();
        Known<P> last = known;
        return isSame(last, presentPolicies, presentBindings) ? last.bound() : read(presentPolicies, presentBindings);
    }

    private static boolean isSame(Known<?> known, Snapshot policies, Snapshot bindings) {
        return known.policies() != null
                && known.bindings() != null
                && known.policies().sameObjects(policies)
                && known.bindings().sameObjects(bindings);
    }

    private synchronized List<Bound<P>> read(Snapshot presentPolicies, Snapshot presentBindings) {
        Known<P> before = known;
        if (isSame(before, presentPolicies, presentBindings)) {
            return before.bound();
        }
        Map<String, List<Binding>> byPolicy = new HashMap<>();
        for (CachedObject each : presentBindings.range("", null)) {
            try {
                Binding binding = Binding.of(each.tree());
                byPolicy.computeIfAbsent(binding.policy(), any -> new ArrayList<>())
                        .add(binding);
            } catch (SelectorSyntaxException e) {
                unreadable(each, e);
            }
        }
        Map<ObjectKey, Compiled<P>> compiled = new HashMap<>();
        List<Bound<P>> bound = new ArrayList<>();
        for (CachedObject each : presentPolicies.range("", null)) {
            List<Binding> uses = byPolicy.getOrDefault(each.key().name(), List.of());
            Compiled<P> policy = before.compiled().get(each.key());
            if (policy == null || policy.source() != each) {
                policy = new Compiled<>(each, uses.isEmpty() ? null : compile(each));
            } else if (policy.policy() == null && !uses.isEmpty()) {
                policy = new Compiled<>(each, compile(each));
            }
            compiled.put(each.key(), policy);
            if (policy.policy() != null && !uses.isEmpty()) {
                bound.add(new Bound<>(policy.policy(), List.copyOf(uses)));
            }
        }
        Known<P> now = new Known<>(presentPolicies, presentBindings, compiled, List.copyOf(bound));
        known = now;
        return now.bound();
    }

    private @Nullable P compile(CachedObject source) {
        try {
            return compile.apply(source.tree());
        } catch (SelectorSyntaxException e) {
            unreadable(source, e);
            return null;
        }
    }

    private static void unreadable(CachedObject source, SelectorSyntaxException e) {
        LOG.atError()
                .addKeyValue("object", source.key())
                .setCause(e)
                .log("An admission policy or binding has a selector that cannot be read and is left out");
    }
}
