package io.kybern.apiserver.registry.services;

import io.kybern.apiserver.registry.Values;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Cluster IPs that lie together.
 *
 * @param cidr the range, as it was written
 * @param first the first usable address, as a number
 * @param size how many usable addresses there are: neither the network's own nor that of all is one
 */
record AddressBlock(String cidr, int first, int size) {

    /** The lower part is left to those who choose for themselves (KEP-3070). */
    private static final int MAX_STATIC = 256;

    private static final int MIN_STATIC = 16;
    private static final int BITS = Integer.SIZE;

    /** Reads a range; empty if it is not of this cluster's family of addresses, or holds none that can be used. */
    static Optional<AddressBlock> read(String cidr) {
        String[] parts = cidr.split("/", 2);
        Optional<InetAddress> base = Values.address(parts[0]);
        if (parts.length < 2 || base.isEmpty() || base.get().getAddress().length * Byte.SIZE != BITS) {
            return Optional.empty();
        }
        int prefix = Integer.parseInt(parts[1]);
        // a larger block than this has no use, and its size would not be a number
        int size = prefix < 2 ? Integer.MAX_VALUE : (1 << BITS - prefix) - 2;
        return size > 0 ? Optional.of(new AddressBlock(cidr, number(base.get()) + 1, size)) : Optional.empty();
    }

    private static int number(InetAddress address) {
        return ByteBuffer.wrap(address.getAddress()).getInt();
    }

    boolean contains(InetAddress address) {
        if (address.getAddress().length * Byte.SIZE != BITS) {
            return false;
        }
        long offset = (number(address) & 0xffffffffL) - (first & 0xffffffffL);
        return offset >= 0 && offset < size;
    }

    /** Where the addresses that the server chooses begin, counted from the first. */
    int firstDynamic() {
        return Math.min(Math.max(MIN_STATIC, size / MIN_STATIC), Math.min(MAX_STATIC, size / 2));
    }

    /** The address at that distance from the first. */
    String address(int offset) {
        int address = first + offset;
        return (address >>> 24) + "." + (address >>> 16 & 255) + "." + (address >>> 8 & 255) + "." + (address & 255);
    }
}
