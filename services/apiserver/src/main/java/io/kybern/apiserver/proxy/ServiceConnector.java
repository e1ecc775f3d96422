package io.kybern.apiserver.proxy;

import io.kybern.api.status.ApiException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
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

    @Override
    public HttpClient client(String namespace, String name, int port) {
        HttpClient plain = HttpClient.create(ConnectionProvider.newConnection())
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
        return pod == null
                ? addressed
                : addressed.doOnChannelInit((observer, channel, remote) -> PodTunnel.add(channel, pod, nodes));
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
