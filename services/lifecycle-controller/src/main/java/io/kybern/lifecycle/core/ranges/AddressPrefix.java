package io.kybern.lifecycle.core.ranges;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The addresses that begin alike.
 *
 * @param start the bits that they begin with
 * @param length how many bits those are
 * @param bits how many bits an address has
 */
record AddressPrefix(BigInteger start, int length, int bits) {

    private static final Pattern NUMERIC = Pattern.compile("[0-9a-fA-F:.]+");

    /** Reads a range, or an address as a range of its own; empty if it is neither. */
    static Optional<AddressPrefix> parse(String text) {
        String[] parts = text.split("/", 2);
        // whatever else is in the text would be asked of a name server
        if (!NUMERIC.matcher(parts[0]).matches()) {
            return Optional.empty();
        }
        try {
            byte[] address = InetAddress.getByName(parts[0]).getAddress();
            int bits = address.length * Byte.SIZE;
            int length = parts.length == 1 ? bits : Integer.parseInt(parts[1]);
            return Optional.of(new AddressPrefix(new BigInteger(1, address).shiftRight(bits - length), length, bits));
        } catch (UnknownHostException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Whether all of the other's addresses are here, too. */
    boolean contains(AddressPrefix other) {
        return bits == other.bits
                && length <= other.length
                && other.start.shiftRight(other.length - length).equals(start);
    }
}
