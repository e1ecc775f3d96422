package io.kybern.systemtests;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;

/** A kubeconfig for the owner of a certificate. */
final class NodeCredentials {

    private static final char[] PASSWORD = "changeit".toCharArray();

    private NodeCredentials() {}

    /**
     * Writes it beside the key.
     *
     * @param store where keytool keeps the key
     * @param certificate as the request's status has it
     * @return the option of kubectl that names the file
     */
    static String kubeconfig(Kubectl kubectl, Path directory, Path store, String certificate)
            throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD);
        }
        String key = "-----BEGIN PRIVATE KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'})
                        .encodeToString(keys.getKey("mykey", PASSWORD).getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
        String cluster = kubectl.run("config", "view", "--raw", "--minify", "-o", "jsonpath={.clusters[0].cluster}");
        Path file = directory.resolve("certificate.conf");
        Files.writeString(file, """
                {"apiVersion":"v1","kind":"Config","current-context":"c",
                 "clusters":[{"name":"c","cluster":%s}],
                 "users":[{"name":"u","user":{"client-certificate-data":"%s","client-key-data":"%s"}}],
                 "contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}]}
                """.formatted(
                cluster, certificate, Base64.getEncoder().encodeToString(key.getBytes(StandardCharsets.UTF_8))));
        return "--kubeconfig=" + file;
    }
}
