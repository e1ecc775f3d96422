package io.kybern.apiserver.admission.policies;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.api.selector.LabelSelector;
import io.kybern.apiserver.registry.ResourceStrategy;
import io.kybern.apiserver.registry.StrategyRegistry;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.watch.CachedObject;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.WatchCache;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Finds the parameters that a binding gives to its policy; see "Parameter resources" in "Validating Admission Policy". */
final class ParamSource {

    private final ResourceRegistry types;
    private final StrategyRegistry strategies;
    private final WatchCache cache;
    private final ObjectStore store;

    ParamSource(ResourceRegistry types, StrategyRegistry strategies, WatchCache cache, ObjectStore store) {
        this.types = types;
        this.strategies = strategies;
        this.cache = cache;
        this.store = store;
    }

    /**
     * The parameters, none of them to be changed; the policy is evaluated once with each.
     *
     * @return one that is null if the policy is evaluated without; none if it is not evaluated
     * @throws ConfigurationFault if that cannot be said, or the binding wants refusal for want of parameters
     */
    List<@Nullable JsonNode> collect(JsonNode paramKind, JsonNode paramRef, String namespace)
            throws ConfigurationFault {
        if (!paramKind.isObject() || !paramRef.isObject()) {
            return Collections.singletonList(null);
        }
        ResourceType type = types.byKind(GroupVersionKind.parse(
                        paramKind.path("apiVersion").asString(""),
                        paramKind.path("kind").asString("")))
                .orElseThrow(
                        () -> ConfigurationFault.of("failed to find resource referenced by paramKind: '%s, Kind=%s'"
                                .formatted(
                                        paramKind.path("apiVersion").asString(""),
                                        paramKind.path("kind").asString(""))));
        String where = place(type, paramRef.path("namespace").asString(""), namespace);
        String name = paramRef.path("name").asString("");
        List<@Nullable JsonNode> found = new ArrayList<>();
        if (name.isEmpty()) {
            found.addAll(select(type, where, LabelSelector.of(paramRef.path("selector"))));
        } else {
            find(type, where.isEmpty() ? ObjectKey.clusterScoped(name) : new ObjectKey(where, name))
                    .ifPresent(found::add);
        }
        if (found.isEmpty()
                && paramRef.path("parameterNotFoundAction").asString("").equals("Deny")) {
            throw ConfigurationFault.of("no params found for policy binding with `Deny` parameterNotFoundAction");
        }
        return found;
    }

    private static String place(ResourceType type, String wanted, String namespace) throws ConfigurationFault {
        if (!type.namespaced()) {
            if (!wanted.isEmpty()) {
                throw ConfigurationFault.of("paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
            }
            return "";
        }
        if (wanted.isEmpty() && namespace.isEmpty()) {
            throw ConfigurationFault.of(
                    "cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
        }
        return wanted.isEmpty() ? namespace : wanted;
    }

    /** From the store itself: what was created a moment ago counts. */
    private Optional<JsonNode> find(ResourceType type, ObjectKey key) {
        return store.get(type, key).join().map(stored -> shown(type, stored.tree()));
    }

    private List<JsonNode> select(ResourceType type, String namespace, LabelSelector selector) {
        List<JsonNode> selected = new ArrayList<>();
        for (CachedObject each :
                cache.snapshot(type.storage(), RevisionRequest.any()).join().range(namespace, null)) {
            JsonNode tree = each.tree();
            if (selector.matches(KubeObject.labels(tree))) {
                selected.add(shown(type, tree));
            }
        }
        return selected;
    }

    private JsonNode shown(ResourceType type, JsonNode kept) {
        return strategies
                .find(type)
                .filter(ResourceStrategy::rewrites)
                .<JsonNode>map(strategy -> strategy.shown((ObjectNode) kept.deepCopy()))
                .orElse(kept);
    }
}
