package io.kybern.apiserver.admission.plugins;

import io.kybern.api.KubeObject;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.registry.Absent;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** Gives ingresses that name no class the default one; of several the newest. See "Default IngressClass" in the Kubernetes documentation. */
final class DefaultIngressClass implements AdmissionPlugin {

    private static final List<String> DEFAULT = List.of("ingressclass.kubernetes.io/is-default-class");
    /** How ingresses named their class before there was a field for it. */
    private static final String NAMED = "kubernetes.io/ingress.class";

    private final ClusterReader cluster;

    DefaultIngressClass(ClusterReader cluster) {
        this.cluster = cluster;
    }

    @Override
    public String name() {
        return "DefaultIngressClass";
    }

    @Override
    public void mutate(AdmissionRequest request) {
        boolean concerns = request.operation() == AdmissionOperation.CREATE
                && request.target().is("networking.k8s.io", "ingresses");
        if (concerns) {
            request.object().ifPresent(this::complete);
        }
    }

    private void complete(ObjectNode ingress) {
        ObjectNode spec = Absent.object(ingress, "spec");
        if (spec.hasNonNull("ingressClassName")
                || KubeObject.annotations(ingress).containsKey(NAMED)) {
            return;
        }
        DefaultClasses.newest(cluster, "networking.k8s.io", "ingressclasses", DEFAULT)
                .ifPresent(each -> spec.put("ingressClassName", each));
    }
}
