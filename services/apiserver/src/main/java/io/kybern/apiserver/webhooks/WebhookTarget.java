package io.kybern.apiserver.webhooks;

import io.kybern.apiserver.proxy.ServiceDialer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Where a webhook is, as a {@code clientConfig} says it.
 *
 * @param url the address, for a Service under the name that its certificate is for
 * @param service the Service that is meant; null if the address is reached as it is
 * @param caBundle the authorities that sign its certificate, PEM in base64; empty for those that the system trusts
 */
public record WebhookTarget(String url, @Nullable Service service, String caBundle) {

    private static final int HTTPS_PORT = 443;

    /** A port of a Service. */
    public record Service(String namespace, String name, int port) {

        String hostName() {
            return ServiceDialer.hostName(namespace, name);
        }
    }

    /** Reads a {@code clientConfig} that validation has let pass. */
    public static WebhookTarget of(JsonNode clientConfig) {
        String bundle = clientConfig.path("caBundle").asString("");
        JsonNode reference = clientConfig.path("service");
        if (!reference.isObject()) {
            return new WebhookTarget(clientConfig.path("url").asString(""), null, bundle);
        }
        Service service = new Service(
                reference.path("namespace").asString(""),
                reference.path("name").asString(""),
                reference.path("port").asInt(HTTPS_PORT));
        String path = reference.path("path").asString("");
        String url = "https://%s:%d%s".formatted(service.hostName(), service.port(), path.isEmpty() ? "/" : path);
        return new WebhookTarget(url, service, bundle);
    }
}
