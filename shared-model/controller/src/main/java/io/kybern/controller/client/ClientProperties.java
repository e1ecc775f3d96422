package io.kybern.controller.client;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the API server is and how to ask it.
 *
 * @param kubeconfig the component's kubeconfig: address, CA and credentials
 * @param apiserver overrides of what the kubeconfig says
 * @param client how to ask
 */
@ConfigurationProperties("kybern")
public record ClientProperties(
        @Nullable String kubeconfig,
        @DefaultValue Apiserver apiserver,
        @DefaultValue Client client) {

    /**
     * What overrides the kubeconfig.
     *
     * @param url the server's address, null for the kubeconfig's
     */
    public record Apiserver(@Nullable String url) {}

    /**
     * How requests are made.
     *
     * @param requestTimeout how long an answer may take
     * @param connectTimeout how long a connection may take
     * @param retries how often a request is repeated that found no server or was told to come again
     * @param retryInterval the first pause between two tries; it doubles
     * @param pageSize how many objects a page of a list holds
     * @param concurrentRequests how many requests may be under way at once, so that a burst does not flood the server
     */
    public record Client(
            @DefaultValue("30s") Duration requestTimeout,
            @DefaultValue("5s") Duration connectTimeout,
            @DefaultValue("4") int retries,
            @DefaultValue("100ms") Duration retryInterval,
            @DefaultValue("500") int pageSize,
            @DefaultValue("64") int concurrentRequests) {}
}
