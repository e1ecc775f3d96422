package io.kybern.node.config;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** Tells on loopback in which mode the service proxy works, where users and tests of kube-proxy ask for it. */
final class ProxyModePage implements SmartLifecycle {

    private final int port;
    private volatile @Nullable DisposableServer server;

    ProxyModePage(int port) {
        this.port = port;
    }

    @Override
    public void start() {
        server = HttpServer.create()
                .bindAddress(() -> new InetSocketAddress("127.0.0.1", port))
                .route(routes -> routes.get(
                                "/proxyMode", (request, response) -> response.header("Content-Type", "text/plain")
                                        .sendString(Mono.just("iptables")))
                        .get("/healthz", (request, response) -> response.sendString(Mono.just("ok"))))
                .bindNow();
    }

    @Override
    public void stop() {
        DisposableServer current = server;
        server = null;
        if (current != null) {
            current.disposeNow();
        }
    }

    @Override
    public boolean isRunning() {
        return server != null;
    }
}
