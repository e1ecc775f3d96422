package io.kybern.apiserver.proxy;

import reactor.netty.http.client.HttpClient;

/** Connects the API server itself to Services of the cluster, as webhooks and aggregated APIs need it. */
@FunctionalInterface
public interface ServiceDialer {

    /**
     * A client whose connections lead to the Service; without TLS yet. Its remote name is {@link #hostName}.
     *
     * @throws io.kybern.api.status.ApiException if there is no such Service or port, or nothing behind it
     */
    HttpClient client(String namespace, String name, int port);

    /** The name that a Service's certificate is for. */
    static String hostName(String namespace, String name) {
        return name + "." + namespace + ".svc";
    }
}
