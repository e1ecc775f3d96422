package io.kybern.apiserver.registry.services;

import io.kybern.apiserver.registry.Values;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * The addresses and ports that Services are given.
 *
 * @param cidr the range of cluster IPs, as it was configured
 * @param firstAddress the first usable address, as a number
 * @param addresses how many usable addresses there are
 * @param firstPort the first node port
 * @param lastPort the last node port
 */
record ServiceRanges(String cidr, int firstAddress, int addresses, int firstPort, int lastPort) {

    /** The lower part of both ranges is left to those who choose for themselves (KEP-3070, KEP-3668). */
    private static final int MAX_STATIC_ADDRESSES = 256;

    private static final int STATIC_PORTS = 86;

    /**
     * Reads the configured ranges.
     *
     * @param cidr for example {@code 10.96.0.0/16}
     * @param ports for example {@code 30000-32767}
     */
    static ServiceRanges parse(String cidr, String ports) {
        String[] parts = cidr.split("/", 2);
        InetAddress base = Values.address(parts[0])
                .orElseThrow(() -> new IllegalArgumentException("not a range of addresses: " + cidr));
        int size = 1 << (32 - Integer.parseInt(parts[1]));
        String[] bounds = ports.split("-", 2);
        return new ServiceRanges(
                cidr, number(base) + 1, size - 2, Integer.parseInt(bounds[0]), Integer.parseInt(bounds[1]));
    }

    private static int number(InetAddress address) {
        return ByteBuffer.wrap(address.getAddress()).getInt();
    }

    boolean contains(InetAddress address) {
        if (address.getAddress().length != 4) {
            return false;
        }
        long offset = (number(address) & 0xffffffffL) - (firstAddress & 0xffffffffL);
        return offset >= 0 && offset < addresses;
    }

    boolean containsPort(long port) {
        return port >= firstPort && port <= lastPort;
    }

    /** Where the addresses that the server chooses begin, counted from the first. */
    int firstDynamicAddress() {
        return Math.min(Math.max(16, addresses / 16), Math.min(MAX_STATIC_ADDRESSES, addresses / 2));
    }

    /** Where the ports that the server chooses begin, counted from the first. */
    int firstDynamicPort() {
        return Math.min(STATIC_PORTS, ports() / 2);
    }

    int ports() {
        return lastPort - firstPort + 1;
    }

    /** The address at that distance from the first. */
    String address(int offset) {
        int address = firstAddress + offset;
        return (address >>> 24) + "." + (address >>> 16 & 255) + "." + (address >>> 8 & 255) + "." + (address & 255);
    }
}
