package io.kybern.apiserver.identity;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** The public keys of an issuer (RFC 7517), and whether one of them signed something (RFC 7518). Immutable. */
final class JwkSet {

    static final JwkSet EMPTY = new JwkSet(List.of());

    private static final Map<String, String> CURVES =
            Map.of("P-256", "secp256r1", "P-384", "secp384r1", "P-521", "secp521r1");
    private static final int SHA_256 = 256;

    private final List<Key> keys;

    private record Key(String id, PublicKey key) {}

    private JwkSet(List<Key> keys) {
        this.keys = List.copyOf(keys);
    }

    /** Reads a key set; keys of kinds that are not known here are passed over. */
    static JwkSet of(JsonNode set) {
        List<Key> keys = new ArrayList<>();
        for (JsonNode each : set.path("keys")) {
            String use = each.path("use").asString("sig");
            try {
                if (use.equals("sig")) {
                    keys.add(new Key(each.path("kid").asString(""), key(each)));
                }
            } catch (GeneralSecurityException | IllegalArgumentException e) {
                // the issuer may have keys for others who know more
                continue;
            }
        }
        return new JwkSet(keys);
    }

    private static PublicKey key(JsonNode jwk) throws GeneralSecurityException {
        return switch (jwk.path("kty").asString("")) {
            case "RSA" ->
                KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(number(jwk, "n"), number(jwk, "e")));
            case "EC" -> {
                String curve = CURVES.getOrDefault(jwk.path("crv").asString(""), "");
                AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
                parameters.init(new ECGenParameterSpec(curve));
                yield KeyFactory.getInstance("EC")
                        .generatePublic(new ECPublicKeySpec(
                                new ECPoint(number(jwk, "x"), number(jwk, "y")),
                                parameters.getParameterSpec(ECParameterSpec.class)));
            }
            default -> throw new IllegalArgumentException("not a known kind of key");
        };
    }

    private static BigInteger number(JsonNode jwk, String field) {
        return new BigInteger(1, Base64.getUrlDecoder().decode(jwk.path(field).asString("")));
    }

    /** Whether there is a key of that id. */
    boolean knows(String id) {
        return keys.stream().anyMatch(each -> id.isEmpty() || each.id().equals(id));
    }

    /**
     * Whether a key signed it.
     *
     * @param algorithm as the token's head names it: one with a public key, never {@code none} and none with a shared secret
     * @param id of the key; empty for any
     */
    boolean verifies(String algorithm, String id, byte[] content, byte[] signature) {
        for (Key each : keys) {
            if (id.isEmpty() || each.id().equals(id)) {
                try {
                    Signature check = signature(algorithm, each.key());
                    check.initVerify(each.key());
                    check.update(content);
                    if (check.verify(signature)) {
                        return true;
                    }
                } catch (GeneralSecurityException | IllegalArgumentException e) {
                    // this key cannot have signed that way
                    continue;
                }
            }
        }
        return false;
    }

    private static Signature signature(String algorithm, PublicKey key) throws GeneralSecurityException {
        if (algorithm.length() != 5) {
            throw new IllegalArgumentException("no such algorithm");
        }
        int bits = Integer.parseInt(algorithm.substring(2));
        boolean known = bits == SHA_256 || bits == 384 || bits == 512;
        String family = algorithm.substring(0, 2);
        if (!known || !key.getAlgorithm().equals(family.equals("ES") ? "EC" : "RSA")) {
            throw new IllegalArgumentException("the key is for other algorithms");
        }
        return switch (family) {
            case "RS" -> Signature.getInstance("SHA" + bits + "withRSA");
            case "ES" -> Signature.getInstance("SHA" + bits + "withECDSAinP1363Format");
            case "PS" -> {
                Signature pss = Signature.getInstance("RSASSA-PSS");
                pss.setParameter(new PSSParameterSpec(
                        "SHA-" + bits,
                        "MGF1",
                        new MGF1ParameterSpec("SHA-" + bits),
                        bits / Byte.SIZE,
                        PSSParameterSpec.TRAILER_FIELD_BC));
                yield pss;
            }
            default -> throw new IllegalArgumentException("no such algorithm");
        };
    }
}
