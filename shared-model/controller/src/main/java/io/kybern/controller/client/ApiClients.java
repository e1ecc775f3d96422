package io.kybern.controller.client;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.fabric8.kubernetes.client.utils.TokenRefreshInterceptor;
import io.kybern.api.ResourceType;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The component's access to the API server. One per process: all clients share connections and the limit of concurrent
 * requests.
 */
public final class ApiClients implements AutoCloseable {

    /**
     * The first pause before a watch that broke is taken up again; it doubles up to 32 times that. With fabric8's second a node would
     * hear of changes only half a minute after the API server is back.
     */
    private static final int WATCH_RECONNECT_MILLIS = 100;

    private final ClientProperties properties;
    private final ObjectMapper mapper = new ObjectMapper();
    private final KubernetesClient kubernetes;
    private final Semaphore concurrent;

    private ApiClients(ClientProperties properties, Config config, Credentials credentials, String userAgent) {
        this.properties = properties;
        ClientProperties.Client how = properties.client();
        this.concurrent = new Semaphore(how.concurrentRequests());
        Config effective = new ConfigBuilder(config)
                .withUserAgent(userAgent)
                .withConnectionTimeout((int) how.connectTimeout().toMillis())
                .withRequestTimeout((int) how.requestTimeout().toMillis())
                .withWatchReconnectInterval(WATCH_RECONNECT_MILLIS)
                // a repeated POST could create twice: what may be repeated is decided per request
                .withRequestRetryBackoffLimit(0)
                .build();
        // half of most objects' bytes, and of no use to a component; the server keeps what an update leaves out
        mapper.addMixIn(ObjectMeta.class, WithoutManagedFields.class);
        KubernetesSerialization serialization = new KubernetesSerialization(mapper, true);
        this.kubernetes = new KubernetesClientBuilder()
                .withConfig(effective)
                .withKubernetesSerialization(serialization)
                .withHttpClientBuilderConsumer(builder -> {
                    builder.sslContext(credentials.keyManagers(), credentials.trustManagers());
                    if (!hasToken(effective)) {
                        // it would read the kubeconfig again for every request, in search of a newer token
                        builder.addOrReplaceInterceptor(TokenRefreshInterceptor.NAME, null);
                    }
                })
                .build();
    }

    /** Metadata as components read and write it. */
    @JsonIgnoreProperties("managedFields")
    private abstract static class WithoutManagedFields {}

    private static boolean hasToken(Config config) {
        return config.getOauthTokenProvider() != null
                || config.getOauthToken() != null
                || config.getAutoOAuthToken() != null
                || config.getUsername() != null;
    }

    private record Credentials(KeyManager @Nullable [] keyManagers, TrustManager @Nullable [] trustManagers) {}

    /**
     * Reads the kubeconfig and prepares the clients; asks nothing yet.
     *
     * @param component how the process calls itself to the server
     */
    public static ApiClients fromKubeconfig(ClientProperties properties, String component) {
        String file = properties.kubeconfig();
        if (file == null || file.isEmpty()) {
            throw new IllegalStateException(
                    "no kubeconfig: set kybern.kubeconfig (environment: KYBERN_KUBECONFIG) to the component's kubeconfig file");
        }
        if (!new File(file).canRead()) {
            throw new IllegalStateException("the kubeconfig " + file + " does not exist or cannot be read");
        }
        Config config = Config.fromKubeconfig(new File(file));
        String url = properties.apiserver().url();
        if (url != null && !url.isEmpty()) {
            config.setMasterUrl(url);
        }
        try {
            Credentials credentials = credentials(config);
            return new ApiClients(properties, config, credentials, "kybern-" + component);
        } catch (IOException e) {
            throw new UncheckedIOException("a file named in the kubeconfig " + file + " cannot be read", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(
                    "the certificates or the key in the kubeconfig " + file + " do not work", e);
        }
    }

    /** Takes the TLS material out of the configuration, because fabric8 reads EC keys only with an extra library. */
    private static Credentials credentials(Config config) throws IOException, GeneralSecurityException {
        byte[] authorities = ClientTls.read(config.getCaCertData(), config.getCaCertFile());
        byte[] certificate = ClientTls.read(config.getClientCertData(), config.getClientCertFile());
        byte[] key = ClientTls.read(config.getClientKeyData(), config.getClientKeyFile());
        config.setCaCertData(null);
        config.setCaCertFile(null);
        config.setClientCertData(null);
        config.setClientCertFile(null);
        config.setClientKeyData(null);
        config.setClientKeyFile(null);
        return new Credentials(
                certificate == null || key == null ? null : ClientTls.keyManagers(certificate, key),
                authorities == null ? null : ClientTls.trustManagers(authorities));
    }

    /** The fabric8 client, for what {@link ObjectApi} does not offer. It does not repeat requests that failed. */
    public KubernetesClient kubernetes() {
        return kubernetes;
    }

    /** The mapper of the models, configured as fabric8 needs it. */
    public ObjectMapper mapper() {
        return mapper;
    }

    /** Access to the objects of one type. */
    public <T extends HasMetadata> ObjectApi<T> objects(ResourceType type, Class<T> model) {
        return objects(type, model, () -> true);
    }

    /**
     * Access to the objects of one type that writes only while it may, such as while the service leads.
     *
     * @param mayWrite asked before each write; false makes the write fail without being sent
     */
    public <T extends HasMetadata> ObjectApi<T> objects(ResourceType type, Class<T> model, BooleanSupplier mayWrite) {
        ApiTransport transport = new ApiTransport(
                kubernetes.getHttpClient(), kubernetes.getMasterUrl(), properties.client(), concurrent);
        return new RestObjectApi<>(type, new ModelCodec<>(mapper, model), transport, mayWrite);
    }

    @Override
    public void close() {
        kubernetes.close();
    }
}
