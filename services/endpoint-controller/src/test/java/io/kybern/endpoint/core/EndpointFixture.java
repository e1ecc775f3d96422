package io.kybern.endpoint.core;

import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.kybern.api.ObjectKey;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import java.util.List;

/** The Service {@code default/web} with its pods, in a cluster that the test tells what happens. */
final class EndpointFixture {

    static final ObjectKey WEB = new ObjectKey("default", "web");

    final FakeCluster cluster = new FakeCluster();
    final FakeObjects<Service> services = cluster.objects("", "v1", "services", Service.class);
    final FakeObjects<Pod> pods = cluster.objects("", "v1", "pods", Pod.class);
    final FakeObjects<EndpointSlice> slices =
            cluster.objects("discovery.k8s.io", "v1", "endpointslices", EndpointSlice.class);
    final FakeObjects<Endpoints> endpoints = cluster.objects("", "v1", "endpoints", Endpoints.class);
    final WriteFence fence = new WriteFence(cluster.clock());
    final EndpointSliceReconciler sliceController =
            new EndpointSliceReconciler(services.informer(), pods.informer(), slices.informer(), slices, fence);
    final EndpointsReconciler endpointsController =
            new EndpointsReconciler(services.informer(), pods.informer(), endpoints.informer(), endpoints, fence);

    /** The Service, selecting {@code app=web}, with a port 80 that leads to the pods' 8080. */
    static ServiceBuilder web() {
        return new ServiceBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("web")
                .addToLabels("team", "a")
                .endMetadata()
                .withNewSpec()
                .withClusterIP("10.96.0.7")
                .addToSelector("app", "web")
                .addNewPort()
                .withName("http")
                .withPort(80)
                .withNewTargetPort(8080)
                .endPort()
                .endSpec();
    }

    void pod(int number, String app, boolean ready) {
        pods.put(new PodBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName(app + "-" + number)
                .withUid(app + "-uid-" + number)
                .addToLabels("app", app)
                .endMetadata()
                .withNewSpec()
                .withNodeName("node-1")
                .endSpec()
                .withNewStatus()
                .withPhase("Running")
                .withPodIP(address(number))
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready ? "True" : "False")
                .endCondition()
                .endStatus()
                .build());
    }

    static String address(int number) {
        return "10.244." + number / 250 + "." + (number % 250 + 2);
    }

    /** The only slice there is. */
    EndpointSlice slice() {
        List<EndpointSlice> all = List.copyOf(slices.all());
        if (all.size() != 1) {
            throw new AssertionError("not one slice but " + all);
        }
        return all.getFirst();
    }

    /** What the server says to a create in a namespace that ends. */
    static ApiFailure namespaceEnds() {
        return ApiFailure.answered(
                403,
                "Forbidden",
                "unable to create new content in namespace default because it is being terminated",
                null);
    }
}
