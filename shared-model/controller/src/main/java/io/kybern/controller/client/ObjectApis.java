package io.kybern.controller.client;

import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ReplicationController;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.kybern.api.ResourceRegistry;
import java.util.function.BooleanSupplier;

/** The API server's types as {@link ObjectApi}s whose writes are sent only while the service leads. */
public final class ObjectApis {

    private final ApiClients clients;
    private final ResourceRegistry registry;
    private final BooleanSupplier mayWrite;

    public ObjectApis(ApiClients clients, ResourceRegistry registry, BooleanSupplier mayWrite) {
        this.clients = clients;
        this.registry = registry;
        this.mayWrite = mayWrite;
    }

    /** The objects of a built-in resource. */
    public <T extends HasMetadata> ObjectApi<T> of(String group, String version, String resource, Class<T> model) {
        return clients.objects(registry.require(group, version, resource), model, mayWrite);
    }

    public ObjectApi<Pod> pods() {
        return of("", "v1", "pods", Pod.class);
    }

    public ObjectApi<Node> nodes() {
        return of("", "v1", "nodes", Node.class);
    }

    public ObjectApi<Namespace> namespaces() {
        return of("", "v1", "namespaces", Namespace.class);
    }

    public ObjectApi<Service> services() {
        return of("", "v1", "services", Service.class);
    }

    public ObjectApi<Endpoints> endpoints() {
        return of("", "v1", "endpoints", Endpoints.class);
    }

    public ObjectApi<Event> events() {
        return of("", "v1", "events", Event.class);
    }

    public ObjectApi<ReplicationController> replicationControllers() {
        return of("", "v1", "replicationcontrollers", ReplicationController.class);
    }

    public ObjectApi<ReplicaSet> replicaSets() {
        return of("apps", "v1", "replicasets", ReplicaSet.class);
    }

    public ObjectApi<Deployment> deployments() {
        return of("apps", "v1", "deployments", Deployment.class);
    }

    public ObjectApi<EndpointSlice> endpointSlices() {
        return of("discovery.k8s.io", "v1", "endpointslices", EndpointSlice.class);
    }

    public ObjectApi<Lease> leases() {
        return of("coordination.k8s.io", "v1", "leases", Lease.class);
    }

    public ObjectApi<ControllerRevision> controllerRevisions() {
        return of("apps", "v1", "controllerrevisions", ControllerRevision.class);
    }

    public ObjectApi<StatefulSet> statefulSets() {
        return of("apps", "v1", "statefulsets", StatefulSet.class);
    }

    public ObjectApi<DaemonSet> daemonSets() {
        return of("apps", "v1", "daemonsets", DaemonSet.class);
    }

    public ObjectApi<Job> jobs() {
        return of("batch", "v1", "jobs", Job.class);
    }

    public ObjectApi<CronJob> cronJobs() {
        return of("batch", "v1", "cronjobs", CronJob.class);
    }

    public ObjectApi<PersistentVolumeClaim> persistentVolumeClaims() {
        return of("", "v1", "persistentvolumeclaims", PersistentVolumeClaim.class);
    }
}
