package io.kybern.node.server;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of the node's HTTPS API.
 *
 * @param port where it listens
 * @param certificate the node's serving certificate, PEM
 * @param key its private key, PEM
 * @param clientCa the authorities that clients' certificates must be signed by, PEM
 */
@ConfigurationProperties("kybern.node-daemon.api")
public record NodeApiProperties(
        @DefaultValue("10250") int port,

        @DefaultValue("/etc/kybern/nodes/${KYBERN_NODE_NAME}.crt")
        Path certificate,

        @DefaultValue("/etc/kybern/nodes/${KYBERN_NODE_NAME}.key")
        Path key,

        @DefaultValue("/etc/kybern/nodes/ca.crt") Path clientCa) {

    /** The authorities of clients. */
    List<X509Certificate> authorities() {
        try (InputStream pem = Files.newInputStream(clientCa)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(pem).stream()
                    .map(X509Certificate.class::cast)
                    .toList();
        } catch (IOException | CertificateException e) {
            throw new IllegalStateException("the node API cannot use the certificates of " + clientCa, e);
        }
    }
}
