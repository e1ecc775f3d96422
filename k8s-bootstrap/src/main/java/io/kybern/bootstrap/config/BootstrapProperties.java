package io.kybern.bootstrap.config;

import io.kybern.bootstrap.pki.PkiLayout;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;

/**
 * Settings of the bootstrap.
 *
 * @param pkiDirectory where the API server's keys and certificates go
 * @param controlPlaneDirectory where the components' kubeconfigs and passwords go
 * @param nodesDirectory where the nodes' kubeconfigs and serving certificates go
 * @param adminDirectory where the administrator's kubeconfig goes
 * @param nodes the names of all nodes
 * @param apiserverUrl where components and nodes find the API server
 * @param adminApiserverUrl where the administrator finds it
 * @param apiserverNames further names and addresses of the API server, for its certificate
 * @param patience how long the objects task waits for the API server
 */
@ConfigurationProperties("kybern.bootstrap")
record BootstrapProperties(
        Path pkiDirectory,
        Path controlPlaneDirectory,
        Path nodesDirectory,
        Path adminDirectory,
        List<String> nodes,
        URI apiserverUrl,
        URI adminApiserverUrl,
        List<String> apiserverNames,
        Duration patience) {

    BootstrapProperties {
        nodes = List.copyOf(nodes);
        apiserverNames = List.copyOf(apiserverNames);
    }

    PkiLayout layout() {
        return new PkiLayout(
                new PkiLayout.Directories(pkiDirectory, controlPlaneDirectory, nodesDirectory, adminDirectory),
                nodes,
                apiserverUrl,
                adminApiserverUrl,
                apiserverNames);
    }
}
