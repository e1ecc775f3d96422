package io.kybern.bootstrap.pki;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kubeconfig with everything in it: the server, its authority and the user's certificate and key
 * (<a href="https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/">Organizing Cluster
 * Access</a>).
 */
final class Kubeconfig {

    private static final Pattern DATA = Pattern.compile("(?m)^\\s*(client-certificate-data|client-key-data): (\\S+)$");

    private Kubeconfig() {}

    static String write(String user, URI server, X509Certificate authority, CertifiedKey pair)
            throws GeneralSecurityException {
        return """
                apiVersion: v1
                kind: Config
                clusters:
                  - name: kybern
                    cluster:
                      server: %s
                      certificate-authority-data: %s
                users:
                  - name: "%s"
                    user:
                      client-certificate-data: %s
                      client-key-data: %s
                contexts:
                  - name: "%s@kybern"
                    context:
                      cluster: kybern
                      user: "%s"
                current-context: "%s@kybern"
                """.formatted(
                        server,
                        base64(Pem.certificate(authority)),
                        user,
                        base64(Pem.certificate(pair.certificate())),
                        base64(Pem.sec1Key(pair)),
                        user,
                        user,
                        user);
    }

    /** The user's certificate and key in a file that {@link #write} made; empty for anything else. */
    static Optional<CertifiedKey> readUser(String text) {
        String certificate = "";
        String key = "";
        Matcher matcher = DATA.matcher(text);
        while (matcher.find()) {
            if (matcher.group(1).equals("client-key-data")) {
                key = matcher.group(2);
            } else {
                certificate = matcher.group(2);
            }
        }
        try {
            return Optional.of(CertifiedKey.read(decode(certificate), decode(key)));
        } catch (GeneralSecurityException | IllegalArgumentException unreadable) {
            return Optional.empty();
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String decode(String base64) {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.US_ASCII);
    }
}
