package io.kybern.apiserver.proxy;

import io.kybern.api.status.ApiException;
import io.kybern.apiserver.request.ApiResponse;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;
import reactor.netty.ChannelPipelineConfigurer;
import reactor.netty.ConnectionObserver;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import tools.jackson.databind.JsonNode;

/** Connects to one of a Service's pods through the pod's node, or to where the Service leads outside of the cluster. */
final class ServiceConnector implements ServiceDialer {

    private static final int CONNECT_MILLIS = 10_000;
    private static final int NOT_FOUND = 404;

    private final PodLocator locator;
    private final BackendLocator backends;
    private final NodeClient nodes;

    ServiceConnector(PodLocator locator, BackendLocator backends, NodeClient nodes) {
        this.locator = locator;
        this.backends = backends;
        this.nodes = nodes;
    }

    /** Leads a connection through a pod's node; equal for the same pod, for pools tell connections apart by it. */
    private record ThroughNode(Backend pod, NodeClient nodes) implements ChannelPipelineConfigurer {

        @Override
        public void onChannelInit(ConnectionObserver observer, Channel channel, @Nullable SocketAddress remoteAddress) {
            PodTunnel.add(channel, pod, nodes);
        }
    }

    @Override
    public HttpClient client(String namespace, String name, int port) {
        return client(namespace, name, port, ConnectionProvider.newConnection());
    }

    @Override
    public HttpClient client(String namespace, String name, int port, ConnectionProvider connections) {
        HttpClient plain = HttpClient.create(connections)
                .option(io.netty.channel.ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS);
        JsonNode service = service(namespace, name);
        String host = ServiceDialer.hostName(namespace, name);
        if (service.path("spec").path("type").asString("").equals("ExternalName")) {
            String external = service.path("spec").path("externalName").asString("");
            return plain.remoteAddress(() -> InetSocketAddress.createUnresolved(external, port));
        }
        BackendLocator.Destination destination = backends.destination(service, port);
        InetSocketAddress address = new InetSocketAddress(labelled(host, destination.ip()), destination.port());
        HttpClient addressed = plain.remoteAddress(() -> address);
        Backend pod = destination.pod();
        return pod == null ? addressed : addressed.doOnChannelInit(new ThroughNode(pod, nodes));
    }

    @Override
    public ApiResponse.Tunnel upgrade(String namespace, String name, int port, Upgrade upgrade) {
        JsonNode service = service(namespace, name);
        String host = ServiceDialer.hostName(namespace, name);
        if (service.path("spec").path("type").asString("").equals("ExternalName")) {
            String external = service.path("spec").path("externalName").asString("");
            return UpgradeTunnel.toService(
                    InetSocketAddress.createUnresolved(external, port), null, nodes, external, upgrade);
        }
        BackendLocator.Destination destination = backends.destination(service, port);
        Backend pod = destination.pod();
        InetSocketAddress address = pod == null
                ? new InetSocketAddress(labelled(host, destination.ip()), destination.port())
                : pod.node().socketAddress();
        return UpgradeTunnel.toService(address, pod, nodes, host, upgrade);
    }

    private JsonNode service(String namespace, String name) {
        try {
            return locator.service(namespace, name);
        } catch (ApiException e) {
            if (e.status().code() == NOT_FOUND) {
                throw ApiException.serviceUnavailable("service \"%s\" not found".formatted(name), 0);
            }
            throw e;
        }
    }

    /** The address under the Service's name, so that TLS checks that name. */
    private static InetAddress labelled(String host, String ip) {
        try {
            return InetAddress.getByAddress(host, InetAddress.getByName(ip).getAddress());
        } catch (UnknownHostException e) {
            throw ApiException.serviceUnavailable("invalid address \"%s\"".formatted(ip), 0);
        }
    }
}
