package io.kybern.systemtests;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.spec.RSAPublicKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Runs in a pod of the cluster, on a bare Java runtime, and does what an OpenID Connect client does with a token: it reads the documents of the
 * issuer that the token names, under the pod's own account, and checks the signature with the key that they tell.
 */
final class IssuerCheck {

    static final String GOOD = "the token is good";

    private static final Path OWN = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");
    private static final Path LAST_WORDS = Path.of("/dev/termination-log");
    private static final Pattern OBJECT = Pattern.compile("\\{[^{}]*\\}");

    private IssuerCheck() {}

    /** Checks the token of a file. */
    public static void main(String[] arguments) throws IOException, GeneralSecurityException {
        String[] parts = Files.readString(Path.of(arguments[0])).strip().split("\\.", -1);
        String issuer = field(decoded(parts[1]), "iss");
        String configuration = page(issuer + "/.well-known/openid-configuration", "application/json");
        if (!field(configuration, "issuer").equals(issuer)) {
            throw new GeneralSecurityException(configuration + " is not of " + issuer);
        }
        String keys = page(field(configuration, "jwks_uri"), "application/jwk-set+json");
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initVerify(key(keys, field(decoded(parts[0]), "kid")));
        signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
        if (!signature.verify(Base64.getUrlDecoder().decode(parts[2]))) {
            throw new GeneralSecurityException("the key did not sign this token");
        }
        Files.writeString(LAST_WORDS, GOOD + ", it is of " + field(decoded(parts[1]), "sub"));
    }

    private static String decoded(String part) {
        return new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8);
    }

    private static String field(String json, String name) {
        Matcher matcher = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
        if (!matcher.find()) {
            throw new IllegalArgumentException("no " + name + " in " + json);
        }
        return matcher.group(1);
    }

    private static PublicKey key(String keys, String id) throws GeneralSecurityException {
        String key = OBJECT.matcher(keys)
                .results()
                .map(result -> result.group())
                .filter(each -> field(each, "kid").equals(id))
                .findFirst()
                .orElseThrow(() -> new GeneralSecurityException("no key " + id + " in " + keys));
        return KeyFactory.getInstance(field(key, "kty"))
                .generatePublic(new RSAPublicKeySpec(number(field(key, "n")), number(field(key, "e"))));
    }

    private static BigInteger number(String text) {
        return new BigInteger(1, Base64.getUrlDecoder().decode(text));
    }

    private static String page(String address, String type) throws IOException, GeneralSecurityException {
        HttpsURLConnection connection =
                (HttpsURLConnection) URI.create(address).toURL().openConnection();
        connection.setSSLSocketFactory(trust().getSocketFactory());
        connection.setRequestProperty("Authorization", "Bearer " + Files.readString(OWN.resolve("token")));
        try (InputStream in = connection.getInputStream()) {
            if (!type.equals(connection.getContentType())) {
                throw new IOException(address + " is " + connection.getContentType());
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static SSLContext trust() throws IOException, GeneralSecurityException {
        KeyStore anchors = KeyStore.getInstance("PKCS12");
        anchors.load(null, null);
        try (InputStream in = Files.newInputStream(OWN.resolve("ca.crt"))) {
            anchors.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(anchors);
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, managers.getTrustManagers(), null);
        return tls;
    }
}
