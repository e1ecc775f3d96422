package io.kybern.apiserver.registry.networking;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.registry.Values;
import java.math.BigInteger;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A range of addresses in CIDR notation.
 *
 * @param address an address in it
 * @param prefix how many leading bits all its addresses share
 * @param bits how many bits an address has
 */
record AddressRange(BigInteger address, int prefix, int bits) {

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,3}");

    /** Adds a fault if the text is no range; answers whether it is one. */
    static boolean check(String text, FieldPath field, List<FieldError> errors) {
        if (isRange(text)) {
            return true;
        }
        errors.add(FieldError.invalid(field, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"));
        return false;
    }

    private static boolean isRange(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !NUMBER.matcher(text.substring(slash + 1)).matches()) {
            return false;
        }
        int prefix = Integer.parseInt(text.substring(slash + 1));
        return Values.address(text.substring(0, slash))
                .filter(address -> prefix <= address.getAddress().length * Byte.SIZE)
                .isPresent();
    }

    /** Reads a text that was checked. */
    static AddressRange parse(String text) {
        int slash = text.indexOf('/');
        byte[] address = Values.address(text.substring(0, slash)).orElseThrow().getAddress();
        return new AddressRange(
                new BigInteger(1, address), Integer.parseInt(text.substring(slash + 1)), address.length * Byte.SIZE);
    }

    /** Whether the other range lies within this one and is smaller. */
    boolean strictlyContains(AddressRange other) {
        return bits == other.bits
                && prefix < other.prefix
                && address.shiftRight(bits - prefix).equals(other.address.shiftRight(bits - prefix));
    }
}
