package io.kybern.apiserver.proxy;

import io.kybern.api.status.ApiException;
import io.kybern.apiserver.request.ApiResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.ssl.SslContext;
import java.util.function.UnaryOperator;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/** Connects the API server itself to Services of the cluster, as webhooks and aggregated APIs need it. */
@FunctionalInterface
public interface ServiceDialer {

    /**
     * A client whose connections lead to the Service; without TLS yet. Its remote name is {@link #hostName}.
     *
     * @throws io.kybern.api.status.ApiException if there is no such Service or port, or nothing behind it
     */
    HttpClient client(String namespace, String name, int port);

    /**
     * The same with connections of the caller's own, so that they are used again.
     *
     * @param connections where connections come from and go back to
     */
    default HttpClient client(String namespace, String name, int port, ConnectionProvider connections) {
        return client(namespace, name, port);
    }

    /**
     * An upgrade request, such as one for a WebSocket, that is to be passed on.
     *
     * @param tls the settings of the connection
     * @param host the name that the request is for
     * @param uri the path and query that are asked for
     * @param headers makes the headers that are passed on of those that came
     */
    record Upgrade(SslContext tls, String host, String uri, UnaryOperator<HttpHeaders> headers) {}

    /**
     * A tunnel to a Service: from the answer on, both connections are one.
     *
     * @throws io.kybern.api.status.ApiException as {@link #client} does
     */
    default ApiResponse.Tunnel upgrade(String namespace, String name, int port, Upgrade upgrade) {
        throw ApiException.serviceUnavailable("upgrades are not passed on here", 0);
    }

    /** The name that a Service's certificate is for. */
    static String hostName(String namespace, String name) {
        return name + "." + namespace + ".svc";
    }
}
