package io.kybern.bootstrap.pki;

import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Who in a cluster has which certificate, and in which file.
 *
 * @param directories where the files go
 * @param nodes the names of all nodes
 * @param apiserverUrl where components and nodes find the API server
 * @param adminApiserverUrl where the administrator finds it
 * @param apiserverNames further names and addresses of the API server
 */
public record PkiLayout(
        Directories directories,
        List<String> nodes,
        URI apiserverUrl,
        URI adminApiserverUrl,
        List<String> apiserverNames) {

    /** The controller services; each is a user of its own. */
    static final List<String> CONTROLLERS = List.of(
            "replication-controller",
            "deployment-controller",
            "workload-controller",
            "endpoint-controller",
            "node-controller",
            "lifecycle-controller");

    private static final List<String> APISERVER_NAMES = List.of(
            "127.0.0.1",
            "localhost",
            "apiserver",
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
            "10.96.0.1");

    /**
     * Where the files go; each directory is a volume of its own.
     *
     * @param pki keys and certificates of the API server
     * @param controlPlane kubeconfigs and passwords of the control plane
     * @param nodes kubeconfigs and serving certificates of the nodes
     * @param admin the administrator's kubeconfig
     */
    public record Directories(Path pki, Path controlPlane, Path nodes, Path admin) {}

    /** Copies the lists. */
    public PkiLayout {
        nodes = List.copyOf(nodes);
        apiserverNames = List.copyOf(apiserverNames);
    }

    /** The administrator's kubeconfig. */
    public Path adminKubeconfig() {
        return directories.admin().resolve("admin.conf");
    }

    Path secrets() {
        return directories.controlPlane().resolve("secrets");
    }

    Identity apiserver() {
        Set<String> names = new TreeSet<>(APISERVER_NAMES);
        names.addAll(apiserverNames);
        return Identity.server("kube-apiserver", names);
    }

    Identity node(String node) {
        return Identity.server("system:node:" + node, Set.of(node, "localhost"), "system:nodes");
    }

    /** The users of the control plane by the name of their service. */
    Map<String, Identity> components() {
        Map<String, Identity> users = new LinkedHashMap<>();
        users.put("scheduler", Identity.client("system:kube-scheduler"));
        users.put("dns", Identity.client("system:kube-dns"));
        CONTROLLERS.forEach(name -> users.put(name, Identity.client("system:controller:" + name)));
        return users;
    }
}
