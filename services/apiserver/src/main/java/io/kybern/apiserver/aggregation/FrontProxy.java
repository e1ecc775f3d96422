package io.kybern.apiserver.aggregation;

import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.proxy.PassedHeaders;
import io.kybern.apiserver.proxy.ServiceDialer;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.ByteArrayInputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLException;
import reactor.netty.http.client.HttpClient;

/**
 * Speaks to other API servers as the front proxy: its certificate vouches for the user that the headers name. See "Authentication
 * and authorization flow" in "Configure the Aggregation Layer".
 */
final class FrontProxy {

    /** As many as a cluster has aggregated APIs, and more. */
    private static final int MOST = 64;

    private static final float LOAD = 0.75f;
    private static final String PREFIX = "x-remote-";

    private final ServiceDialer services;
    private final Path certificate;
    private final Path key;
    private final Map<RemoteApi.Trust, SslContext> contexts = new LinkedHashMap<>(16, LOAD, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<RemoteApi.Trust, SslContext> eldest) {
            return size() > MOST;
        }
    };

    /** Shows the certificate {@code front-proxy-client} of that directory. */
    FrontProxy(ServiceDialer services, Path pki) {
        this.services = services;
        this.certificate = pki.resolve("front-proxy-client.crt");
        this.key = pki.resolve("front-proxy-client.key");
    }

    /**
     * A client whose connections lead to a Service.
     *
     * @throws io.kybern.api.status.ApiException if nothing is there
     * @throws SSLException if the authorities cannot be read
     */
    HttpClient client(RemoteApi.Service service, RemoteApi.Trust trust) throws SSLException {
        SslContext tls = tls(trust);
        String host = ServiceDialer.hostName(service.namespace(), service.name()) + ":" + service.port();
        return services.client(service.namespace(), service.name(), service.port())
                .secure(spec -> spec.sslContext(tls))
                .headers(headers -> headers.set("Host", host));
    }

    /**
     * A tunnel to a Service for a request that wants to go on in another protocol.
     *
     * @throws io.kybern.api.status.ApiException if nothing is there
     * @throws SSLException if the authorities cannot be read
     */
    ApiResponse.Tunnel upgrade(RemoteApi.Service service, RemoteApi.Trust trust, ApiRequest request)
            throws SSLException {
        String host = ServiceDialer.hostName(service.namespace(), service.name()) + ":" + service.port();
        UnaryOperator<HttpHeaders> headers = from -> {
            HttpHeaders to = new DefaultHttpHeaders().add(from);
            withoutUser(to);
            name(request.user(), to);
            return to;
        };
        return services.upgrade(
                service.namespace(),
                service.name(),
                service.port(),
                new ServiceDialer.Upgrade(tls(trust), host, request.uri(), headers));
    }

    private synchronized SslContext tls(RemoteApi.Trust trust) throws SSLException {
        SslContext known = contexts.get(trust);
        if (known == null) {
            known = build(trust);
            contexts.put(trust, known);
        }
        return known;
    }

    private SslContext build(RemoteApi.Trust trust) throws SSLException {
        SslContextBuilder builder = SslContextBuilder.forClient();
        if (Files.isReadable(certificate)) {
            builder.keyManager(certificate.toFile(), key.toFile());
        }
        if (trust.skip()) {
            builder.trustManager(InsecureTrustManagerFactory.INSTANCE).endpointIdentificationAlgorithm(null);
        } else if (!trust.caBundle().isEmpty()) {
            try {
                builder.trustManager(
                        new ByteArrayInputStream(Base64.getMimeDecoder().decode(trust.caBundle())));
            } catch (IllegalArgumentException e) {
                throw new SSLException("unable to load root certificates: unable to parse bytes as PEM block", e);
            }
        }
        return builder.build();
    }

    /** Passes a client's headers on, with the user in the place of what proved who it is. */
    static void passOn(HttpHeaders from, UserInfo user, HttpHeaders to) {
        PassedHeaders.copy(from, to);
        withoutUser(to);
        name(user, to);
    }

    /** Takes out what only a front proxy may say. */
    private static void withoutUser(HttpHeaders headers) {
        headers.names().stream()
                .filter(name -> name.toLowerCase(Locale.ROOT).startsWith(PREFIX))
                .toList()
                .forEach(headers::remove);
    }

    /** Says who asks. */
    static void name(UserInfo user, HttpHeaders headers) {
        headers.set("X-Remote-User", user.name());
        if (!user.uid().isEmpty()) {
            headers.set("X-Remote-Uid", user.uid());
        }
        user.groups().forEach(group -> headers.add("X-Remote-Group", group));
        user.extra()
                .forEach((name, values) -> values.forEach(value ->
                        headers.add("X-Remote-Extra-" + URLEncoder.encode(name, StandardCharsets.UTF_8), value)));
    }
}
