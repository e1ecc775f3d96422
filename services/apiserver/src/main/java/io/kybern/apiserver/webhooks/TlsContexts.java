package io.kybern.apiserver.webhooks;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.ByteArrayInputStream;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.net.ssl.SSLException;

/** The TLS settings for each bundle of authorities that is in use; those not used for longest are forgotten first. */
final class TlsContexts {

    /** More bundles than a cluster has webhooks; one setting takes some ten kilobytes. */
    private static final int MOST = 256;

    private static final float LOAD = 0.75f;

    private final Map<String, SslContext> byBundle = new LinkedHashMap<>(16, LOAD, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, SslContext> eldest) {
            return size() > MOST;
        }
    };

    /**
     * The settings that trust those authorities.
     *
     * @param caBundle PEM in base64; empty for the authorities that the system trusts
     */
    synchronized SslContext trusting(String caBundle) throws WebhookCallException {
        SslContext known = byBundle.get(caBundle);
        if (known == null) {
            known = build(caBundle);
            byBundle.put(caBundle, known);
        }
        return known;
    }

    private static SslContext build(String caBundle) throws WebhookCallException {
        try {
            SslContextBuilder builder = SslContextBuilder.forClient();
            if (!caBundle.isEmpty()) {
                builder.trustManager(
                        new ByteArrayInputStream(Base64.getMimeDecoder().decode(caBundle)));
            }
            return builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            throw WebhookCallException.unusable(
                    "could not get REST client: unable to load root certificates: unable to parse bytes as PEM block");
        }
    }
}
