package io.kybern.apiserver.registry;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How addresses and ranges are written in the newer types: one way for each, so that their texts can be compared. See "IP address
 * and CIDR validation" (KEP-4858).
 */
public final class IpRules {

    private static final String NOT_AN_ADDRESS = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
    private static final String NOT_A_RANGE = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,3}");
    private static final int GROUPS = 8;

    private IpRules() {}

    /** What is wrong with an address; nothing if it is good. */
    public static List<String> addressFaults(String text) {
        Optional<InetAddress> address = Values.address(text);
        if (address.isEmpty()) {
            return List.of(NOT_AN_ADDRESS);
        }
        if (hasLeadingZeros(text)) {
            return List.of("must not have leading 0s");
        }
        if (isMapped(text, address.get())) {
            return List.of("must not be an IPv4-mapped IPv6 address");
        }
        String canonical = canonical(address.get());
        return text.equals(canonical) ? List.of() : List.of("must be in canonical form (\"" + canonical + "\")");
    }

    /** What is wrong with a range of addresses; nothing if it is good. */
    public static List<String> rangeFaults(String text) {
        int slash = text.indexOf('/');
        Optional<InetAddress> address = slash < 0 ? Optional.empty() : Values.address(text.substring(0, slash));
        String length = text.substring(slash + 1);
        if (address.isEmpty() || !NUMBER.matcher(length).matches()) {
            return List.of(NOT_A_RANGE);
        }
        byte[] bytes = address.get().getAddress();
        int prefix = Integer.parseInt(length);
        if (isMapped(text, address.get())) {
            return List.of("must not have an IPv4-mapped IPv6 address");
        }
        if (prefix > bytes.length * Byte.SIZE) {
            return List.of(NOT_A_RANGE);
        }
        if (hasLeadingZeros(text.substring(0, slash)) || !length.equals(String.valueOf(prefix))) {
            return List.of("must not have leading 0s in IP or prefix length");
        }
        List<String> faults = new ArrayList<>();
        if (hasBitsBeyond(bytes, prefix)) {
            faults.add("must not have bits set beyond the prefix length");
        }
        String canonical = canonical(address.get()) + "/" + prefix;
        if (faults.isEmpty() && !text.equals(canonical)) {
            faults.add("must be in canonical form (\"" + canonical + "\")");
        }
        return faults;
    }

    /** What is wrong with the address of an interface: a whole address with the length of its network. */
    public static List<String> interfaceFaults(String text) {
        int slash = text.indexOf('/');
        Optional<InetAddress> address = slash < 0 ? Optional.empty() : Values.address(text.substring(0, slash));
        String length = text.substring(slash + 1);
        if (address.isEmpty()
                || !NUMBER.matcher(length).matches()
                || Integer.parseInt(length) > address.get().getAddress().length * Byte.SIZE) {
            return List.of(NOT_A_RANGE);
        }
        String canonical = canonical(address.get()) + "/" + Integer.parseInt(length);
        return text.equals(canonical) ? List.of() : List.of("must be in canonical form (\"" + canonical + "\")");
    }

    private static boolean hasLeadingZeros(String address) {
        if (address.indexOf(':') >= 0) {
            return false;
        }
        for (String part : address.split("\\.", -1)) {
            if (part.length() > 1 && part.startsWith("0")) {
                return true;
            }
        }
        return false;
    }

    private static boolean isMapped(String text, InetAddress address) {
        return text.indexOf(':') >= 0 && !(address instanceof Inet6Address);
    }

    private static boolean hasBitsBeyond(byte[] address, int prefix) {
        for (int bit = prefix; bit < address.length * Byte.SIZE; bit++) {
            if ((address[bit / Byte.SIZE] >> Byte.SIZE - 1 - bit % Byte.SIZE & 1) == 1) {
                return true;
            }
        }
        return false;
    }

    /** The one text of an address: for IPv6 that of RFC 5952, in which the longest run of zeros is left out. */
    public static String canonical(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address.getHostAddress();
        }
        int[] groups = new int[GROUPS];
        byte[] bytes = address.getAddress();
        for (int i = 0; i < GROUPS; i++) {
            groups[i] = (bytes[2 * i] & 0xff) << Byte.SIZE | bytes[2 * i + 1] & 0xff;
        }
        int start = -1;
        int length = 1;
        for (int i = 0; i < GROUPS; i++) {
            int run = zeros(groups, i);
            if (run > length) {
                start = i;
                length = run;
            }
        }
        if (start < 0) {
            return joined(groups, 0, GROUPS);
        }
        return joined(groups, 0, start) + "::" + joined(groups, start + length, GROUPS);
    }

    private static int zeros(int[] groups, int from) {
        int end = from;
        while (end < groups.length && groups[end] == 0) {
            end++;
        }
        return end - from;
    }

    private static String joined(int[] groups, int from, int to) {
        List<String> parts = new ArrayList<>();
        for (int i = from; i < to; i++) {
            parts.add(Integer.toHexString(groups[i]));
        }
        return String.join(":", parts);
    }
}
