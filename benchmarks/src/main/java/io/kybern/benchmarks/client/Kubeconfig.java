package io.kybern.benchmarks.client;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HexFormat;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Where the API server is and how a client proves who it is, from the current context of a kubeconfig file with embedded
 * certificates; see "Organizing Cluster Access Using kubeconfig Files" in the Kubernetes documentation.
 *
 * @param server the address of the API server
 * @param authority the certificate of who signed the server's, as PEM
 * @param certificate the client's certificate, as PEM
 * @param key its key, as PEM
 */
public record Kubeconfig(URI server, byte[] authority, byte[] certificate, byte[] key) {

    private static final String EC_BEGIN = "-----BEGIN EC PRIVATE KEY-----";
    /** The algorithm identifier of keys on the curve P-256, encoded. */
    private static final String P256 = "301306072a8648ce3d020106082a8648ce3d030107";

    private static final int SEQUENCE = 0x30;
    private static final int OCTETS = 0x04;

    /**
     * Reads a file.
     *
     * @throws IllegalArgumentException if something is missing in it, or if it names another machine: load stays on this one
     */
    public static Kubeconfig read(Path file) throws IOException {
        JsonNode config = new YAMLMapper().readTree(Files.readAllBytes(file));
        String name = config.path("current-context").asString("");
        JsonNode context = named(config.path("contexts"), name, "context");
        JsonNode cluster =
                named(config.path("clusters"), context.path("cluster").asString(""), "cluster");
        JsonNode user = named(config.path("users"), context.path("user").asString(""), "user");
        URI server = URI.create(text(cluster, "server"));
        if (!"https".equals(server.getScheme())
                || !InetAddress.getByName(server.getHost()).isLoopbackAddress()) {
            throw new IllegalArgumentException(
                    "%s names %s, but load runs go to https on a loopback address only".formatted(file, server));
        }
        return new Kubeconfig(
                server,
                bytes(cluster, "certificate-authority-data"),
                bytes(user, "client-certificate-data"),
                pkcs8(bytes(user, "client-key-data")));
    }

    /** Kubeconfigs have elliptic-curve keys in the format of RFC 5915; Java only reads PKCS #8, which is the same in an envelope. */
    private static byte[] pkcs8(byte[] pem) {
        String text = new String(pem, StandardCharsets.US_ASCII);
        if (!text.contains(EC_BEGIN)) {
            return pem;
        }
        int from = text.indexOf(EC_BEGIN) + EC_BEGIN.length();
        byte[] key = Base64.getMimeDecoder().decode(text.substring(from, text.indexOf("-----END", from)));
        byte[] algorithm = HexFormat.of().parseHex(P256);
        byte[] version = {2, 1, 0};
        byte[] envelope = der(SEQUENCE, concat(version, algorithm, der(OCTETS, key)));
        return ("-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(envelope)
                        + "\n-----END PRIVATE KEY-----\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] der(int tag, byte[] content) {
        byte[] head = content.length < 128
                ? new byte[] {(byte) tag, (byte) content.length}
                : new byte[] {(byte) tag, (byte) 0x81, (byte) content.length};
        return concat(head, content);
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    private static JsonNode named(JsonNode list, String name, String part) {
        for (JsonNode each : list) {
            if (each.path("name").asString("").equals(name)) {
                return each.path(part);
            }
        }
        throw new IllegalArgumentException("the kubeconfig has no %s named \"%s\"".formatted(part, name));
    }

    private static String text(JsonNode node, String field) {
        String value = node.path(field).asString("");
        if (value.isEmpty()) {
            throw new IllegalArgumentException("the kubeconfig's current context has no " + field);
        }
        return value;
    }

    private static byte[] bytes(JsonNode node, String field) {
        return Base64.getDecoder().decode(text(node, field));
    }

    ByteArrayInputStream open(byte[] pem) {
        return new ByteArrayInputStream(pem);
    }
}
