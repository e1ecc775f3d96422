package io.kybern.node.network;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Names and hardware addresses of the pods' links, derived so that they are found again without a table. */
final class VethNames {

    private static final int HASH_BYTES = 5;

    private VethNames() {}

    /** The node's end of a pod's link: at most the 15 characters that Linux allows. */
    static String host(String uid) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(uid.getBytes(StandardCharsets.UTF_8));
            return "veth" + HexFormat.of().formatHex(hash, 0, HASH_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** A locally administered address that follows the IP, so that neighbours need not learn a reused IP again. */
    static String mac(String ip) {
        int address = Cidr.address(ip);
        return "0a:58:%02x:%02x:%02x:%02x"
                .formatted(address >>> 24, address >>> 16 & 255, address >>> 8 & 255, address & 255);
    }
}
