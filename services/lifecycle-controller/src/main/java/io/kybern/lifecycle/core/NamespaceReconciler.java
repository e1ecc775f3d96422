package io.kybern.lifecycle.core;

import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceCondition;
import io.fabric8.kubernetes.api.model.NamespaceConditionBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceType;
import io.kybern.api.Verb;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Empties namespaces that are being deleted, pods first, says in conditions what is left, and lets them go when nothing is. */
public final class NamespaceReconciler implements Reconciler {

    private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);
    private static final String FINALIZER = "kubernetes";

    private final Informer<Namespace> namespaces;
    private final ObjectApi<Namespace> api;
    private final NamespaceContent content;
    private final Supplier<? extends Collection<ResourceType>> types;
    private final Clock clock;

    /** @param types all types that are served now; those whose objects live in namespaces matter here */
    public NamespaceReconciler(
            Informer<Namespace> namespaces,
            ObjectApi<Namespace> api,
            NamespaceContent content,
            Supplier<? extends Collection<ResourceType>> types,
            Clock clock) {
        this.namespaces = namespaces;
        this.api = api;
        this.content = content;
        this.types = types;
        this.clock = clock;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<Namespace> found = namespaces.get(key).filter(Owners::isTerminating);
        if (found.isEmpty() || !hasFinalizer(found.get())) {
            return Outcome.done();
        }
        Namespace namespace = found.get();
        String name = key.name();
        Map<String, NamespaceContent.Remaining> left = new TreeMap<>();
        List<String> failures = new ArrayList<>();
        NamespaceContent.Others others = content.others();
        for (ResourceType type : emptied(others)) {
            empty(type, name, left, failures);
            if (isPods(type) && !(left.isEmpty() && failures.isEmpty())) {
                // what pods need to end well, such as their Secrets, stays until they are gone
                break;
            }
        }
        if (left.isEmpty() && failures.isEmpty() && others.failures().isEmpty()) {
            content.finalizeNamespace(name);
            return Outcome.done();
        }
        report(namespace, left, failures, others.failures());
        return Outcome.again(LOOK_AGAIN, "the namespace still holds objects");
    }

    private List<ResourceType> emptied(NamespaceContent.Others others) {
        return Stream.concat(types.get().stream(), others.types().stream())
                .filter(type -> type.namespaced() && type.verbs().containsAll(List.of(Verb.DELETE, Verb.LIST)))
                .filter(type -> type.storage().equals(type.groupResource()))
                .sorted(Comparator.comparing(
                        type -> isPods(type) ? "" : type.groupResource().toString()))
                .toList();
    }

    private static boolean isPods(ResourceType type) {
        return type.groupResource().toString().equals("pods");
    }

    private NamespaceCondition discoveryCondition(Namespace namespace, List<String> unknown) {
        return unknown.isEmpty()
                ? condition(
                        namespace,
                        "NamespaceDeletionDiscoveryFailure",
                        false,
                        "ResourcesDiscovered",
                        "All resources successfully discovered")
                : condition(
                        namespace,
                        "NamespaceDeletionDiscoveryFailure",
                        true,
                        "DiscoveryFailed",
                        "Discovery failed for some groups, %d failing: unable to retrieve the complete list of server APIs: %s"
                                .formatted(unknown.size(), String.join(", ", unknown)));
    }

    private static boolean hasFinalizer(Namespace namespace) {
        return namespace.getSpec() != null
                && Objects.requireNonNullElse(namespace.getSpec().getFinalizers(), List.<String>of())
                        .contains(FINALIZER);
    }

    private void empty(
            ResourceType type, String namespace, Map<String, NamespaceContent.Remaining> left, List<String> failures) {
        try {
            if (content.remaining(type, namespace).count() == 0) {
                return;
            }
            content.deleteAll(type, namespace);
            NamespaceContent.Remaining remaining = content.remaining(type, namespace);
            if (remaining.count() > 0) {
                left.put(type.gvr().resource() + "." + type.gvr().group(), remaining);
            }
        } catch (ApiFailure failure) {
            failures.add(String.valueOf(failure.getMessage()));
        }
    }

    private void report(
            Namespace namespace,
            Map<String, NamespaceContent.Remaining> left,
            List<String> failures,
            List<String> unknown) {
        List<NamespaceCondition> conditions = List.of(
                discoveryCondition(namespace, unknown),
                condition(
                        namespace,
                        "NamespaceDeletionGroupVersionParsingFailure",
                        false,
                        "ParsedGroupVersions",
                        "All legacy kube types successfully parsed"),
                failures.isEmpty()
                        ? condition(
                                namespace,
                                "NamespaceDeletionContentFailure",
                                false,
                                "ContentDeleted",
                                "All content successfully deleted, may be waiting on finalization")
                        : condition(
                                namespace,
                                "NamespaceDeletionContentFailure",
                                true,
                                "ContentDeletionFailed",
                                "Failed to delete all resource types, %d remaining: %s"
                                        .formatted(failures.size(), String.join(", ", failures))),
                remainingCondition(namespace, left),
                finalizerCondition(namespace, left));
        List<NamespaceCondition> before = namespace.getStatus() == null
                ? List.of()
                : Objects.requireNonNullElse(namespace.getStatus().getConditions(), List.<NamespaceCondition>of());
        if (!conditions.equals(before)) {
            try {
                api.updateStatus(namespace
                        .edit()
                        .editOrNewStatus()
                        .withConditions(conditions)
                        .endStatus()
                        .build());
            } catch (ApiFailure failure) {
                if (!failure.isConflict() && !failure.isNotFound()) {
                    throw failure;
                }
            }
        }
    }

    private NamespaceCondition remainingCondition(Namespace namespace, Map<String, NamespaceContent.Remaining> left) {
        if (left.isEmpty()) {
            return condition(
                    namespace,
                    "NamespaceContentRemaining",
                    false,
                    "ContentRemoved",
                    "All content successfully removed");
        }
        List<String> parts = new ArrayList<>();
        left.forEach((type, remaining) -> parts.add(type + " has " + remaining.count() + " resource instances"));
        return condition(
                namespace,
                "NamespaceContentRemaining",
                true,
                "SomeResourcesRemain",
                "Some resources are remaining: " + String.join(", ", parts));
    }

    private NamespaceCondition finalizerCondition(Namespace namespace, Map<String, NamespaceContent.Remaining> left) {
        Map<String, Long> counts = new TreeMap<>();
        left.values()
                .forEach(remaining ->
                        remaining.finalizers().forEach(each -> counts.merge(each, remaining.count(), Long::sum)));
        if (counts.isEmpty()) {
            return condition(
                    namespace,
                    "NamespaceFinalizersRemaining",
                    false,
                    "ContentHasNoFinalizers",
                    "All content-preserving finalizers finished");
        }
        List<String> parts = new ArrayList<>();
        counts.forEach((finalizer, count) -> parts.add(finalizer + " in " + count + " resource instances"));
        return condition(
                namespace,
                "NamespaceFinalizersRemaining",
                true,
                "SomeFinalizersRemain",
                "Some content in the namespace has finalizers remaining: " + String.join(", ", parts));
    }

    /** The condition; as it was if it says the same, so that the time of its change stays. */
    private NamespaceCondition condition(
            Namespace namespace, String type, boolean holds, String reason, String message) {
        String status = holds ? "True" : "False";
        if (namespace.getStatus() != null && namespace.getStatus().getConditions() != null) {
            for (NamespaceCondition before : namespace.getStatus().getConditions()) {
                if (before.getType().equals(type)
                        && before.getStatus().equals(status)
                        && Objects.equals(before.getMessage(), message)) {
                    return before;
                }
            }
        }
        return new NamespaceConditionBuilder()
                .withType(type)
                .withStatus(status)
                .withReason(reason)
                .withMessage(message)
                .withLastTransitionTime(
                        clock.instant().truncatedTo(ChronoUnit.SECONDS).toString())
                .build();
    }
}
