package io.kybern.node.proxy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Names of the chains, in Kubernetes' manner: people find {@code KUBE-SVC-…} and {@code KUBE-SEP-…} where they look for them. The
 * hash keeps a name within the 28 characters that the kernel allows.
 */
final class ChainNames {

    static final String SERVICES = "KUBE-SERVICES";
    static final String NODE_PORTS = "KUBE-NODEPORTS";
    static final String EXTERNAL_SERVICES = "KUBE-EXTERNAL-SERVICES";

    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static final int HASH_LENGTH = 16;
    private static final int BITS = 5;

    private ChainNames() {}

    /** Where all endpoints of a port are chosen from. */
    static String service(ServicePort port) {
        return "KUBE-SVC-" + hash(port.display() + port.protocol());
    }

    /** Where only the endpoints of this node are chosen from. */
    static String serviceLocal(ServicePort port) {
        return "KUBE-SVL-" + hash(port.display() + port.protocol());
    }

    /** Where traffic from outside the cluster arrives. */
    static String external(ServicePort port) {
        return "KUBE-EXT-" + hash(port.display() + port.protocol());
    }

    /** Where traffic is led to one endpoint. */
    static String endpoint(ServicePort port, ServicePort.Endpoint endpoint) {
        return "KUBE-SEP-" + hash(port.display() + port.protocol() + endpoint.ip() + ":" + endpoint.port());
    }

    /** Whether a chain is one of the proxy's, also of an earlier life of it. */
    static boolean isOwned(String chain) {
        return chain.equals(SERVICES)
                || chain.equals(NODE_PORTS)
                || chain.equals(EXTERNAL_SERVICES)
                || chain.startsWith("KUBE-SVC-")
                || chain.startsWith("KUBE-SVL-")
                || chain.startsWith("KUBE-EXT-")
                || chain.startsWith("KUBE-SEP-");
    }

    private static String hash(String text) {
        byte[] digest;
        try {
            digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        StringBuilder hash = new StringBuilder(HASH_LENGTH);
        int buffer = 0;
        int bits = 0;
        for (int i = 0; hash.length() < HASH_LENGTH; i++) {
            buffer = buffer << Byte.SIZE | digest[i] & 0xff;
            bits += Byte.SIZE;
            while (bits >= BITS && hash.length() < HASH_LENGTH) {
                bits -= BITS;
                hash.append(ALPHABET.charAt(buffer >> bits & 0x1f));
            }
        }
        return hash.toString();
    }
}
