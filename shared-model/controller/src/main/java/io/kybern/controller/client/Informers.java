package io.kybern.controller.client;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.scheduling.v1.PriorityClass;
import io.kybern.api.GroupVersionResource;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.events.Informer;
import io.kybern.events.InformerFactory;
import io.kybern.events.InformerSpec;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The informers of the process as typed models, and the access to the same types at the API server. Ask for all that a service
 * needs while it is wired, before the informers start.
 */
public final class Informers {

    /** The index of every informer here that finds objects by the uid of their controller. */
    public static final String BY_CONTROLLER = "controller-uid";

    private final InformerFactory factory;
    private final ApiClients clients;
    private final ResourceRegistry registry;
    private final Map<GroupVersionResource, Informer<?>> informers = new ConcurrentHashMap<>();

    public Informers(InformerFactory factory, ApiClients clients, ResourceRegistry registry) {
        this.factory = factory;
        this.clients = clients;
        this.registry = registry;
    }

    /** The informer of a built-in resource, the same for every call. */
    public <T extends HasMetadata> Informer<T> of(String group, String version, String resource, Class<T> model) {
        ResourceType type = registry.require(group, version, resource);
        Informer<?> informer = informers.computeIfAbsent(type.gvr(), gvr -> create(type, model));
        @SuppressWarnings("unchecked") // the registry has one model per resource
        Informer<T> typed = (Informer<T>) informer;
        return typed;
    }

    /** Lets {@link #custom} be asked for at any time; to be called while the service is wired. */
    public void followCustom() {
        factory.followCustom();
    }

    /** An informer of a custom resource, not started before {@link #startCustom}. */
    public <T extends HasMetadata> Informer<T> custom(ResourceType type, Class<T> model) {
        return create(type, model);
    }

    /** Starts what was made by {@link #custom}. */
    public void startCustom() {
        factory.start();
    }

    /** Stops the informer of a custom resource. */
    public void forgetCustom(ResourceType type) {
        factory.forget(type.storage());
    }

    private <T extends HasMetadata> Informer<T> create(ResourceType type, Class<T> model) {
        ModelCodec<T> codec = new ModelCodec<>(clients.mapper(), model);
        ObjectApi<T> api = clients.objects(type, model);
        return factory.informer(
                        new InformerSpec<>(type, model, codec::decode, api::list, ObjectKeys::of, ObjectKeys::revision))
                .addIndex(BY_CONTROLLER, Informers::controllerUid);
    }

    private static Collection<String> controllerUid(HasMetadata object) {
        List<OwnerReference> owners = object.getMetadata().getOwnerReferences();
        for (OwnerReference owner : owners == null ? List.<OwnerReference>of() : owners) {
            if (Boolean.TRUE.equals(owner.getController())) {
                return List.of(owner.getUid());
            }
        }
        return List.of();
    }

    public Informer<Pod> pods() {
        return of("", "v1", "pods", Pod.class);
    }

    public Informer<Node> nodes() {
        return of("", "v1", "nodes", Node.class);
    }

    public Informer<Namespace> namespaces() {
        return of("", "v1", "namespaces", Namespace.class);
    }

    public Informer<Service> services() {
        return of("", "v1", "services", Service.class);
    }

    public Informer<Endpoints> endpoints() {
        return of("", "v1", "endpoints", Endpoints.class);
    }

    public Informer<ConfigMap> configMaps() {
        return of("", "v1", "configmaps", ConfigMap.class);
    }

    public Informer<ServiceAccount> serviceAccounts() {
        return of("", "v1", "serviceaccounts", ServiceAccount.class);
    }

    public Informer<PersistentVolume> persistentVolumes() {
        return of("", "v1", "persistentvolumes", PersistentVolume.class);
    }

    public Informer<PersistentVolumeClaim> persistentVolumeClaims() {
        return of("", "v1", "persistentvolumeclaims", PersistentVolumeClaim.class);
    }

    public Informer<ReplicationController> replicationControllers() {
        return of("", "v1", "replicationcontrollers", ReplicationController.class);
    }

    public Informer<ReplicaSet> replicaSets() {
        return of("apps", "v1", "replicasets", ReplicaSet.class);
    }

    public Informer<Deployment> deployments() {
        return of("apps", "v1", "deployments", Deployment.class);
    }

    public Informer<EndpointSlice> endpointSlices() {
        return of("discovery.k8s.io", "v1", "endpointslices", EndpointSlice.class);
    }

    public Informer<Lease> leases() {
        return of("coordination.k8s.io", "v1", "leases", Lease.class);
    }

    public Informer<PriorityClass> priorityClasses() {
        return of("scheduling.k8s.io", "v1", "priorityclasses", PriorityClass.class);
    }

    public Informer<ControllerRevision> controllerRevisions() {
        return of("apps", "v1", "controllerrevisions", ControllerRevision.class);
    }

    public Informer<StatefulSet> statefulSets() {
        return of("apps", "v1", "statefulsets", StatefulSet.class);
    }

    public Informer<DaemonSet> daemonSets() {
        return of("apps", "v1", "daemonsets", DaemonSet.class);
    }

    public Informer<Job> jobs() {
        return of("batch", "v1", "jobs", Job.class);
    }

    public Informer<CronJob> cronJobs() {
        return of("batch", "v1", "cronjobs", CronJob.class);
    }
}
