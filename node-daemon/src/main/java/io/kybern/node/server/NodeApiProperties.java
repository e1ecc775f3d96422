package io.kybern.node.server;

import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of the node's HTTPS API.
 *
 * @param port where it listens
 * @param certificate the node's serving certificate, PEM
 * @param key its private key, PEM
 * @param clientCa the certificate that clients' certificates must be signed by, PEM
 * @param clientName the common name of the one client that gets in
 */
@ConfigurationProperties("kybern.node-daemon.api")
public record NodeApiProperties(
        @DefaultValue("10250") int port,

        @DefaultValue("/etc/kybern/nodes/${KYBERN_NODE_NAME}.crt")
        Path certificate,

        @DefaultValue("/etc/kybern/nodes/${KYBERN_NODE_NAME}.key")
        Path key,

        @DefaultValue("/etc/kybern/nodes/ca.crt") Path clientCa,
        @DefaultValue("kube-apiserver-kubelet-client") String clientName) {}
