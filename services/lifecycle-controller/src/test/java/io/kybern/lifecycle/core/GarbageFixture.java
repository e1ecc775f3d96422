package io.kybern.lifecycle.core;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.controller.Outcome;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.fake.FakeCluster;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Pods, ReplicaSets, ConfigMaps and Nodes, and a collector whose queue the test works off. */
final class GarbageFixture {

    final FakeCluster cluster = new FakeCluster();
    final Map<String, ServedObjects> types = new LinkedHashMap<>();
    final Set<ObjectKey> queue = new LinkedHashSet<>();
    final AnyObjects objects = new AnyObjects();
    final GarbageReconciler collector;
    private final Map<String, ResourceType> registered = new LinkedHashMap<>();

    GarbageFixture() {
        add("", "v1", "pods");
        add("apps", "v1", "replicasets");
        add("", "v1", "configmaps");
        add("", "v1", "nodes");
        collector = new GarbageReconciler(objects, cluster.recorder(), cluster.clock());
    }

    private void add(String group, String version, String resource) {
        ResourceType type = ResourceRegistry.builtIn().require(group, version, resource);
        ServedObjects served = new ServedObjects(cluster.objects(group, version, resource, OwnedObject.class));
        served.objects.informer().addIndex(AnyObjects.BY_OWNER, AnyObjects::ownerUids);
        AnyObjects.Entry entry = new AnyObjects.Entry(type, served.objects.informer(), served);
        objects.add(entry);
        served.objects.informer().onChange(change -> queue.addAll(objects.concerned(entry, change)));
        types.put(resource, served);
        registered.put(resource, type);
    }

    OwnedObject put(String resource, String namespace, String name, OwnerReference... owners) {
        ResourceType type = type(resource);
        OwnedObject object = new OwnedObject();
        object.setApiVersion(type.gvr().group().isEmpty() ? "v1" : type.gvr().group() + "/v1");
        object.setKind(type.kind());
        object.getMetadata().setNamespace(namespace.isEmpty() ? null : namespace);
        object.getMetadata().setName(name);
        object.getMetadata().setOwnerReferences(new ArrayList<>(Arrays.asList(owners)));
        return served(resource).objects.put(object);
    }

    OwnedObject pod(String name, OwnerReference... owners) {
        return put("pods", "default", name, owners);
    }

    OwnedObject replicaSet(String name, OwnerReference... owners) {
        return put("replicasets", "default", name, owners);
    }

    static OwnerReference by(OwnedObject owner) {
        return new OwnerReferenceBuilder()
                .withApiVersion(owner.getApiVersion())
                .withKind(owner.getKind())
                .withName(owner.getMetadata().getName())
                .withUid(owner.getMetadata().getUid())
                .withBlockOwnerDeletion(true)
                .build();
    }

    void setOwners(String resource, OwnedObject object, OwnerReference... owners) {
        OwnedObject current = served(resource)
                .objects
                .require(
                        object.getMetadata().getNamespace(),
                        object.getMetadata().getName());
        current.getMetadata().setOwnerReferences(new ArrayList<>(Arrays.asList(owners)));
        served(resource).objects.put(current);
    }

    void delete(String resource, String name, String policy) {
        served(resource)
                .delete(new ObjectKey("default", name), DeleteRequest.any().propagating(policy));
    }

    /** Works until nothing is left to do, those that are to be looked at again included. */
    void collect() {
        Set<ObjectKey> again = new LinkedHashSet<>();
        for (int pass = 0; pass < 20; pass++) {
            catchUp();
            queue.addAll(again);
            again.clear();
            while (!queue.isEmpty()) {
                ObjectKey key = queue.iterator().next();
                queue.remove(key);
                if (collector.reconcile(key) instanceof Outcome.Again) {
                    again.add(key);
                }
            }
            if (again.isEmpty()) {
                return;
            }
        }
    }

    /** Every cache is told how far it is. */
    void catchUp() {
        long revision = types.values().stream()
                .flatMap(served -> served.objects.all().stream())
                .mapToLong(ObjectKeys::revision)
                .max()
                .orElse(0);
        types.values().forEach(served -> served.objects
                .informer()
                .bookmark(Math.max(revision, served.objects.informer().revision())));
    }

    List<String> names(String resource) {
        return served(resource).objects.all().stream()
                .map(object -> object.getMetadata().getName())
                .toList();
    }

    ServedObjects served(String resource) {
        ServedObjects served = types.get(resource);
        if (served == null) {
            throw new AssertionError("no " + resource);
        }
        return served;
    }

    ResourceType type(String resource) {
        ResourceType type = registered.get(resource);
        if (type == null) {
            throw new AssertionError("no " + resource);
        }
        return type;
    }
}
