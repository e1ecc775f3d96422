package io.kybern.node.network;

/**
 * A range of IPv4 addresses.
 *
 * @param base the first address, as a number
 * @param prefix how many leading bits are fixed
 */
public record Cidr(int base, int prefix) {

    public Cidr {
        if (prefix < 0 || prefix > 32) {
            throw new IllegalArgumentException("an IPv4 prefix has 0 to 32 bits, not " + prefix);
        }
        base &= mask(prefix);
    }

    /**
     * Reads {@code 10.244.1.0/24}.
     *
     * @throws IllegalArgumentException if the text is no IPv4 range
     */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException("not a range of addresses: " + text);
        }
        return new Cidr(address(text.substring(0, slash)), Integer.parseInt(text.substring(slash + 1)));
    }

    /**
     * The number of an address in dotted form.
     *
     * @throws IllegalArgumentException if the text is no IPv4 address
     */
    static int address(String dotted) {
        String[] parts = dotted.split("\\.", -1);
        if (parts.length != 4) {
            throw new IllegalArgumentException("not an IPv4 address: " + dotted);
        }
        int number = 0;
        for (String part : parts) {
            int value = Integer.parseInt(part);
            if (value < 0 || value > 255) {
                throw new IllegalArgumentException("not an IPv4 address: " + dotted);
            }
            number = number << 8 | value;
        }
        return number;
    }

    /** The dotted form of an address's number. */
    static String dotted(int address) {
        return (address >>> 24) + "." + (address >>> 16 & 255) + "." + (address >>> 8 & 255) + "." + (address & 255);
    }

    /** The address at that distance from the first. */
    public String at(int offset) {
        return dotted(base + offset);
    }

    /** Whether an address in dotted form lies in the range. */
    public boolean contains(String dotted) {
        return (address(dotted) & mask(prefix)) == base;
    }

    /** How many addresses the range has; at most 2^31-1. */
    public int size() {
        return (int) Math.min(1L << (32 - prefix), Integer.MAX_VALUE);
    }

    private static int mask(int prefix) {
        return prefix == 0 ? 0 : -1 << (32 - prefix);
    }

    @Override
    public String toString() {
        return dotted(base) + "/" + prefix;
    }
}
