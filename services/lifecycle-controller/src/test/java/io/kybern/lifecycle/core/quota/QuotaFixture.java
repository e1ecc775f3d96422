package io.kybern.lifecycle.core.quota;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.api.quota.Amounts;
import io.kybern.controller.Outcome;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import io.kybern.lifecycle.core.AnyObjects;
import io.kybern.lifecycle.core.OwnedObject;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Quotas, pods, services, claims and ConfigMaps of one namespace, and the controller with a queue that the test works off. */
final class QuotaFixture {

    static final ObjectKey QUOTA = new ObjectKey("default", "q");

    private static final ObjectMapper MAPPER = new ObjectMapper();

    final FakeCluster cluster = new FakeCluster();
    final FakeObjects<MeasuredObject> quotas = cluster.objects("", "v1", "resourcequotas", MeasuredObject.class);
    final FakeObjects<MeasuredObject> pods = cluster.objects("", "v1", "pods", MeasuredObject.class);
    final FakeObjects<MeasuredObject> services = cluster.objects("", "v1", "services", MeasuredObject.class);
    final FakeObjects<MeasuredObject> claims =
            cluster.objects("", "v1", "persistentvolumeclaims", MeasuredObject.class);
    final FakeObjects<OwnedObject> configMaps = cluster.objects("", "v1", "configmaps", OwnedObject.class);
    final Set<ObjectKey> queue = new LinkedHashSet<>();
    final RecentCharges charges = new RecentCharges(cluster.clock());
    final QuotaReconciler controller;
    private final Map<String, FakeObjects<? extends HasMetadata>> all = new LinkedHashMap<>();

    QuotaFixture() {
        AnyObjects objects = new AnyObjects();
        QuotaUsage usage = new QuotaUsage(objects, cluster.clock());
        controller = new QuotaReconciler(quotas.informer(), quotas, usage, charges, cluster.clock());
        quotas.informer().onChange(change -> {
            charges.seen(change.key(), used(change.before()), used(change.after()));
            queue.add(change.key());
        });
        follow(objects, usage, "pods", pods);
        follow(objects, usage, "services", services);
        follow(objects, usage, "persistentvolumeclaims", claims);
        follow(objects, usage, "configmaps", configMaps);
    }

    private <T extends HasMetadata> void follow(
            AnyObjects objects, QuotaUsage usage, String resource, FakeObjects<T> served) {
        ResourceType type = ResourceRegistry.builtIn().require("", "v1", resource);
        AnyObjects.Entry entry = new AnyObjects.Entry(type, served.informer(), served);
        objects.add(entry);
        served.informer()
                .onChange(change -> queue.addAll(
                        usage.concerned(entry, change, quotas.informer().byNamespace("default"))));
        all.put(resource, served);
    }

    private static Amounts used(MeasuredObject quota) {
        return quota == null
                ? Amounts.NONE
                : Amounts.read(quota.counted().path("status").path("used"));
    }

    static MeasuredObject object(String name, String spec, String status) {
        MeasuredObject object = new MeasuredObject();
        object.getMetadata().setNamespace("default");
        object.getMetadata().setName(name);
        object.setSpec(tree(spec));
        object.setStatus(tree(status));
        return object;
    }

    static JsonNode tree(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    void configMap(String name) {
        OwnedObject object = new OwnedObject();
        object.getMetadata().setNamespace("default");
        object.getMetadata().setName(name);
        configMaps.put(object);
    }

    /** What the quota says is used, as the server has it. */
    String used() {
        return used(quotas.require("default", "q")).toString();
    }

    /** The caches learn that they have missed nothing. */
    void bookmarks() {
        long revision = quotas.list().revision();
        all.values().forEach(each -> {
            each.deliverAll();
            each.informer().bookmark(revision);
        });
        quotas.deliverAll();
        quotas.informer().bookmark(revision);
    }

    /** One pass for each queued key; those that want another one stay queued. */
    void work() {
        List<ObjectKey> now = List.copyOf(queue);
        queue.clear();
        for (ObjectKey key : now) {
            if (controller.reconcile(key) instanceof Outcome.Again) {
                queue.add(key);
            }
        }
    }

    /** Works until nothing is left to do, while time passes. */
    void settle() {
        for (int pass = 0; pass < 50; pass++) {
            bookmarks();
            work();
            cluster.clock().advance(java.time.Duration.ofSeconds(1));
            bookmarks();
            if (queue.isEmpty()) {
                return;
            }
        }
        throw new AssertionError("never settles");
    }
}
