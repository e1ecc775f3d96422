package io.kybern.apiserver.authn;

import io.kybern.api.Json;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.util.Base64;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/** Signs and checks JSON web tokens with one RSA key (RS256, RFC 7515 and 7518); what the claims mean is the caller's matter. */
public final class JsonWebTokens {

    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
    private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

    private final PrivateKey signingKey;
    private final PublicKey verifyingKey;
    private final String keyId;

    /** Signs with the one and checks with the other. */
    public JsonWebTokens(PrivateKey signingKey, PublicKey verifyingKey) {
        this.signingKey = signingKey;
        this.verifyingKey = verifyingKey;
        this.keyId = keyId(verifyingKey);
    }

    private static String keyId(PublicKey key) {
        try {
            return ENCODER.encodeToString(MessageDigest.getInstance("SHA-256").digest(key.getEncoded()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks SHA-256", e);
        }
    }

    /** A signed token with those claims. */
    public String sign(ObjectNode claims) {
        ObjectNode header = Json.object().put("alg", "RS256").put("kid", keyId);
        String content = ENCODER.encodeToString(Json.bytes(header)) + "." + ENCODER.encodeToString(Json.bytes(claims));
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(signingKey);
            signature.update(content.getBytes(StandardCharsets.US_ASCII));
            return content + "." + ENCODER.encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot sign with the service-account key", e);
        }
    }

    /** The claims, if it is a token that this key signed. */
    public Optional<ObjectNode> verify(String token) {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            return Optional.empty();
        }
        try {
            if (!Json.read(DECODER.decode(parts[0])).path("alg").asString("").equals("RS256")) {
                return Optional.empty();
            }
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initVerify(verifyingKey);
            signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
            if (!signature.verify(DECODER.decode(parts[2]))) {
                return Optional.empty();
            }
            return Json.read(DECODER.decode(parts[1])) instanceof ObjectNode claims
                    ? Optional.of(claims)
                    : Optional.empty();
        } catch (IllegalArgumentException | GeneralSecurityException | JacksonException e) {
            return Optional.empty();
        }
    }

    /** The key set of {@code /openid/v1/jwks} (RFC 7517). */
    public ObjectNode keySet() {
        ObjectNode keys = Json.object();
        if (verifyingKey instanceof RSAPublicKey rsa) {
            keys.putArray("keys")
                    .addObject()
                    .put("use", "sig")
                    .put("kty", "RSA")
                    .put("kid", keyId)
                    .put("alg", "RS256")
                    .put("n", unsigned(rsa.getModulus().toByteArray()))
                    .put("e", unsigned(rsa.getPublicExponent().toByteArray()));
        }
        return keys;
    }

    private static String unsigned(byte[] number) {
        int skip = number.length > 1 && number[0] == 0 ? 1 : 0;
        return ENCODER.encodeToString(java.util.Arrays.copyOfRange(number, skip, number.length));
    }
}
