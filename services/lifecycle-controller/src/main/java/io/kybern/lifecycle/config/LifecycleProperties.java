package io.kybern.lifecycle.config;

import java.nio.file.Path;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The lifecycle controller's own settings.
 *
 * @param pkiDirectory where the certificate and the key of the cluster's authority are, by which certificates are signed
 * @param accountTokens whether every service account gets a Secret with a token, as it was before Kubernetes 1.24
 */
@ConfigurationProperties("kybern.lifecycle")
record LifecycleProperties(
        @DefaultValue("/etc/kybern/pki") Path pkiDirectory,
        @DefaultValue("false") boolean accountTokens) {}
