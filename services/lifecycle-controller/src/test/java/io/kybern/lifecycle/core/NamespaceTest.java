package io.kybern.lifecycle.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.kybern.api.GroupResource;
import io.kybern.api.GroupVersionResource;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.api.Verb;
import io.kybern.controller.Outcome;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How namespaces begin and end. */
@Timeout(60)
class NamespaceTest {

    private static final ObjectKey KEY = ObjectKey.clusterScoped("ns");

    private final FakeCluster cluster = new FakeCluster();
    private final FakeObjects<Namespace> namespaces = cluster.objects("", "v1", "namespaces", Namespace.class);
    private final FakeObjects<ServiceAccount> accounts =
            cluster.objects("", "v1", "serviceaccounts", ServiceAccount.class);
    private final FakeObjects<ConfigMap> configMaps = cluster.objects("", "v1", "configmaps", ConfigMap.class);

    private final Content content = new Content();
    private final NamespaceReconciler ends = new NamespaceReconciler(
            namespaces.informer(), namespaces, content, ResourceRegistry.builtIn()::all, cluster.clock());
    private final NamespaceDefaultsReconciler begins = new NamespaceDefaultsReconciler(
            new NamespaceDefaultsReconciler.Caches(namespaces.informer(), accounts.informer(), configMaps.informer()),
            accounts,
            configMaps,
            "the certificates");

    private static final class Content implements NamespaceContent {
        final Map<String, Long> counts = new TreeMap<>();
        final Set<String> stuck = new TreeSet<>();
        final Set<String> refused = new TreeSet<>();
        final List<String> calls = new ArrayList<>();
        Others others = new Others(List.of(), List.of());

        @Override
        public Others others() {
            return others;
        }

        @Override
        public void deleteAll(ResourceType type, String namespace) {
            String name = type.groupResource().toString();
            calls.add(name);
            if (refused.contains(name)) {
                throw ApiFailure.answered(500, "InternalError", "the store is away", null);
            }
            if (!stuck.contains(name)) {
                counts.remove(name);
            }
        }

        @Override
        public Remaining remaining(ResourceType type, String namespace) {
            String name = type.groupResource().toString();
            return new Remaining(
                    counts.getOrDefault(name, 0L), stuck.contains(name) ? List.of("example.com/hold") : List.of());
        }

        @Override
        public void finalizeNamespace(String namespace) {
            calls.add("finalize");
        }
    }

    private void namespace(boolean terminating) {
        namespaces.put(new NamespaceBuilder()
                .withNewMetadata()
                .withName("ns")
                .withDeletionTimestamp(terminating ? "2026-01-01T00:00:00Z" : null)
                .endMetadata()
                .withNewSpec()
                .withFinalizers("kubernetes")
                .endSpec()
                .build());
    }

    private String condition(String type) {
        return namespaces.require("", "ns").getStatus().getConditions().stream()
                .filter(c -> c.getType().equals(type))
                .map(c -> c.getStatus() + " " + c.getReason() + ": " + c.getMessage())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aNamespaceThatLivesIsLeftAlone() {
        namespace(false);
        content.counts.put("pods", 1L);
        assertThat(ends.reconcile(KEY)).isEqualTo(Outcome.done());
        assertThat(content.calls).isEmpty();
    }

    @Test
    void everythingIsDeletedPodsFirstAndThenTheNamespaceMayGo() {
        namespace(true);
        content.counts.putAll(Map.of("configmaps", 2L, "pods", 3L, "deployments.apps", 1L));
        assertThat(ends.reconcile(KEY)).isEqualTo(Outcome.done());
        assertThat(content.calls).startsWith("pods").endsWith("finalize").contains("configmaps", "deployments.apps");
    }

    @Test
    void whatPodsNeedStaysUntilTheyAreGone() {
        namespace(true);
        content.counts.putAll(Map.of("secrets", 1L, "pods", 1L));
        content.stuck.add("pods");
        assertThat(ends.reconcile(KEY)).isInstanceOf(Outcome.Again.class);
        assertThat(content.calls).containsExactly("pods");
        assertThat(condition("NamespaceContentRemaining"))
                .isEqualTo("True SomeResourcesRemain: Some resources are remaining: pods. has 1 resource instances");
        content.stuck.clear();
        assertThat(ends.reconcile(KEY)).isEqualTo(Outcome.done());
        assertThat(content.calls).endsWith("secrets", "finalize");
    }

    @Test
    void saysWhichFinalizersHoldTheContent() {
        namespace(true);
        content.counts.put("configmaps", 2L);
        content.stuck.add("configmaps");
        ends.reconcile(KEY);
        assertThat(condition("NamespaceFinalizersRemaining"))
                .isEqualTo("True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: "
                        + "example.com/hold in 2 resource instances");
        assertThat(condition("NamespaceDeletionContentFailure")).startsWith("False ContentDeleted");
        assertThat(content.calls).doesNotContain("finalize");
    }

    @Test
    void saysWhatCouldNotBeDeletedAndGoesOnWithTheRest() {
        namespace(true);
        content.counts.putAll(Map.of("configmaps", 1L, "secrets", 1L));
        content.refused.add("configmaps");
        ends.reconcile(KEY);
        assertThat(condition("NamespaceDeletionContentFailure"))
                .isEqualTo("True ContentDeletionFailed: Failed to delete all resource types, 1 remaining: "
                        + "the store is away");
        assertThat(content.calls).contains("secrets").doesNotContain("finalize");
    }

    @Test
    void whatOtherServersKeepIsDeletedToo() {
        namespace(true);
        content.others = new NamespaceContent.Others(List.of(remote("things")), List.of());
        content.counts.put("things.remote.example.com", 2L);
        assertThat(ends.reconcile(KEY)).isEqualTo(Outcome.done());
        assertThat(content.calls).containsExactly("things.remote.example.com", "finalize");
    }

    @Test
    void aNamespaceStaysWhileNobodyKnowsWhatAnotherServerKeeps() {
        namespace(true);
        content.others = new NamespaceContent.Others(List.of(), List.of("remote.example.com/v1: it is away"));
        assertThat(ends.reconcile(KEY)).isInstanceOf(Outcome.Again.class);
        assertThat(content.calls).doesNotContain("finalize");
        assertThat(condition("NamespaceDeletionDiscoveryFailure"))
                .startsWith("True DiscoveryFailed: Discovery failed for some groups, 1 failing")
                .endsWith("remote.example.com/v1: it is away");
    }

    private static ResourceType remote(String plural) {
        return new ResourceType(
                new GroupVersionResource("remote.example.com", "v1", plural),
                "Thing",
                true,
                List.of(),
                List.of(),
                Set.of(Verb.LIST, Verb.DELETE),
                Map.of(),
                new GroupResource("remote.example.com", plural));
    }

    @Test
    void anUnchangedStateIsNotWrittenTwice() {
        namespace(true);
        content.counts.put("configmaps", 1L);
        content.stuck.add("configmaps");
        ends.reconcile(KEY);
        namespaces.takeWrites();
        ends.reconcile(KEY);
        assertThat(namespaces.takeWrites()).isEmpty();
    }

    @Test
    void everyNamespaceGetsItsAccountAndTheRootOfTrust() {
        namespace(false);
        begins.reconcile(KEY);
        assertThat(accounts.require("ns", "default")).isNotNull();
        assertThat(configMaps.require("ns", "kube-root-ca.crt").getData()).containsEntry("ca.crt", "the certificates");
        accounts.takeWrites();
        configMaps.takeWrites();
        begins.reconcile(KEY);
        assertThat(accounts.takeWrites()).isEmpty();
        assertThat(configMaps.takeWrites()).isEmpty();
    }

    @Test
    void whatWasChangedOrDeletedIsRestored() {
        namespace(false);
        begins.reconcile(KEY);
        accounts.remove(new ObjectKey("ns", "default"));
        ConfigMap changed = configMaps.require("ns", "kube-root-ca.crt");
        changed.setData(Map.of("ca.crt", "another"));
        configMaps.put(changed);
        begins.reconcile(KEY);
        assertThat(accounts.require("ns", "default")).isNotNull();
        assertThat(configMaps.require("ns", "kube-root-ca.crt").getData()).containsEntry("ca.crt", "the certificates");
    }

    @Test
    void aNamespaceThatGoesGetsNothingAnyMore() {
        namespace(true);
        begins.reconcile(KEY);
        assertThat(accounts.all()).isEmpty();
        assertThat(configMaps.all()).isEmpty();
    }
}
