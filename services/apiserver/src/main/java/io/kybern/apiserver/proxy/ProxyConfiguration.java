package io.kybern.apiserver.proxy;

import io.kybern.apiserver.request.ConnectHandlers;
import io.kybern.apiserver.watch.WatchCache;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the proxy to nodes. */
@Configuration(proxyBeanMethods = false)
public class ProxyConfiguration {

    @Bean
    ConnectHandlers nodeProxyHandlers(
            WatchCache cache, @Value("${kybern.apiserver.pki-directory:/etc/kybern/pki}") Path pki) {
        NodeClient client = new NodeClient(
                pki.resolve("apiserver-kubelet-client.crt"),
                pki.resolve("apiserver-kubelet-client.key"),
                pki.resolve("ca.crt"));
        return new ConnectHandlers(new NodeProxy(new PodLocator(cache), client).handlers());
    }
}
