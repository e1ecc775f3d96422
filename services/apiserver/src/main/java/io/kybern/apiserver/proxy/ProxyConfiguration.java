package io.kybern.apiserver.proxy;

import io.kybern.apiserver.request.ApiHandler;
import io.kybern.apiserver.request.ConnectHandlers;
import io.kybern.apiserver.watch.WatchCache;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the proxies to nodes, pods and Services. */
@Configuration(proxyBeanMethods = false)
public class ProxyConfiguration {

    /** A node that takes longer to tell what it uses has other troubles. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @Bean
    NodeClient nodeClient(@Value("${kybern.apiserver.pki-directory:/etc/kybern/pki}") Path pki) {
        return new NodeClient(
                pki.resolve("apiserver-kubelet-client.crt"),
                pki.resolve("apiserver-kubelet-client.key"),
                pki.resolve("ca.crt"));
    }

    @Bean
    NodePages nodePages(WatchCache cache, NodeClient client) {
        PodLocator locator = new PodLocator(cache);
        return (node, path) ->
                client.page(locator.address(node), path, PATIENCE).toFuture();
    }

    @Bean
    ServiceDialer serviceDialer(WatchCache cache, NodeClient client) {
        PodLocator locator = new PodLocator(cache);
        return new ServiceConnector(locator, new BackendLocator(locator), client);
    }

    @Bean
    ConnectHandlers nodeProxyHandlers(WatchCache cache, NodeClient client) {
        PodLocator locator = new PodLocator(cache);
        Map<String, ApiHandler> handlers = new HashMap<>(new NodeProxy(locator, client).handlers());
        handlers.putAll(new BackendProxy(new BackendLocator(locator), client).handlers());
        return new ConnectHandlers(handlers);
    }
}
