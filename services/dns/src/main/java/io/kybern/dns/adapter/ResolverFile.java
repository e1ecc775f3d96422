package io.kybern.dns.adapter;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The name servers that {@code resolv.conf} names. */
public final class ResolverFile {

    private static final Logger log = LoggerFactory.getLogger(ResolverFile.class);
    private static final int DNS_PORT = 53;

    private ResolverFile() {}

    /** Reads the file; no servers if it cannot be read. */
    public static List<InetSocketAddress> servers(Path file) {
        List<InetSocketAddress> servers = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(file)) {
                String[] words = line.strip().split("\\s+");
                if (words.length >= 2 && words[0].equals("nameserver")) {
                    servers.add(new InetSocketAddress(words[1], DNS_PORT));
                }
            }
        } catch (IOException e) {
            log.warn("No upstream name servers, names outside of the cluster stay unknown", e);
        }
        return servers;
    }
}
