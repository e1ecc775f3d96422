package io.kybern.apiserver;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The API server's own settings.
 *
 * @param host the address that the API is served on
 * @param port the port that the API is served on
 * @param advertiseAddress the address under which the cluster reaches this server; found out if absent
 * @param pkiDirectory where certificates and keys are
 * @param tokenFile static tokens, if any
 * @param authenticationConfig an AuthenticationConfiguration that names the issuers whose tokens are believed, if any
 * @param authenticationWebhook a file like a kubeconfig that names a webhook which knows tokens, if any
 * @param authorizationWebhook a file like a kubeconfig that names a webhook which is asked about access last, if any
 * @param issuer the issuer of service-account tokens
 * @param audiences for whom tokens are that name nobody
 * @param anonymous whether requests without credentials are let in as system:anonymous
 * @param maxRequestsInFlight together with the next: how many seats priority levels share
 * @param maxMutatingRequestsInFlight together with the former: how many seats priority levels share
 * @param bodyPatience how long the sender of a body may take
 * @param kubernetesServiceAddress the cluster IP of the service default/kubernetes
 * @param publish whether this server publishes itself as the service default/kubernetes
 */
@ConfigurationProperties("kybern.apiserver")
public record ApiServerProperties(
        @DefaultValue("0.0.0.0") String host,
        @DefaultValue("6443") int port,
        @Nullable String advertiseAddress,
        @DefaultValue("/etc/kybern/pki") Path pkiDirectory,
        @Nullable Path tokenFile,
        @Nullable Path authenticationConfig,
        @Nullable Path authenticationWebhook,
        @Nullable Path authorizationWebhook,

        @DefaultValue("https://kubernetes.default.svc.cluster.local")
        String issuer,

        @DefaultValue("https://kubernetes.default.svc.cluster.local")
        List<String> audiences,

        @DefaultValue("true") boolean anonymous,
        @DefaultValue("400") int maxRequestsInFlight,
        @DefaultValue("200") int maxMutatingRequestsInFlight,
        @DefaultValue("60s") Duration bodyPatience,
        @DefaultValue("10.96.0.1") String kubernetesServiceAddress,
        @DefaultValue("true") boolean publish) {}
