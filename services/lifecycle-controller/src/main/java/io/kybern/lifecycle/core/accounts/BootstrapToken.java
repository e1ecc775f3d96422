package io.kybern.lifecycle.core.accounts;

import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A token by which nodes join, as its Secret holds it; see "Authenticating with Bootstrap Tokens".
 *
 * @param id its public part
 * @param secret its secret part
 * @param signs whether it signs what new nodes read of the cluster
 * @param expiration when it ends, RFC 3339; empty for never
 */
record BootstrapToken(String id, String secret, boolean signs, String expiration) {

    static final String NAMESPACE = "kube-system";
    static final String PREFIX = "bootstrap-token-";

    private static final String TYPE = "bootstrap.kubernetes.io/token";

    /** Reads one; empty if the Secret is none. */
    static Optional<BootstrapToken> of(Secret secret) {
        String id = data(secret, "token-id");
        String value = data(secret, "token-secret");
        boolean token = TYPE.equals(secret.getType())
                && secret.getMetadata().getName().equals(PREFIX + id)
                && !id.isEmpty()
                && !value.isEmpty();
        return token
                ? Optional.of(new BootstrapToken(
                        id, value, data(secret, "usage-bootstrap-signing").equals("true"), data(secret, "expiration")))
                : Optional.empty();
    }

    private static String data(Secret secret, String key) {
        String value = secret.getData() == null ? null : secret.getData().get(key);
        return value == null ? "" : new String(Base64.getDecoder().decode(value), StandardCharsets.UTF_8);
    }

    /** When it ends; empty if never, or if that cannot be read: then it is nobody's to delete. */
    Optional<Instant> end() {
        try {
            return expiration.isEmpty()
                    ? Optional.empty()
                    : Optional.of(OffsetDateTime.parse(expiration).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /** A detached signature (RFC 7515, appendix F) of the text. */
    String sign(String text) {
        Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
        String header = encoder.encodeToString(
                "{\"alg\":\"HS256\",\"kid\":\"%s\"}".formatted(id).getBytes(StandardCharsets.UTF_8));
        String payload = encoder.encodeToString(text.getBytes(StandardCharsets.UTF_8));
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            byte[] signature = mac.doFinal((header + "." + payload).getBytes(StandardCharsets.US_ASCII));
            return header + ".." + encoder.encodeToString(signature);
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    /** Says which one it is, never its secret. */
    @Override
    public String toString() {
        return "BootstrapToken[" + id + "]";
    }
}
