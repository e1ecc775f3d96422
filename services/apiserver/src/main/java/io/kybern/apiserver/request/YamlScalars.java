package io.kybern.apiserver.request;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** What the scalars of YAML 1.1 mean, as Go's library reads them: {@code yes} is true, and {@code 0644} is 420. */
final class YamlScalars {

    private static final Set<String> NULLS = Set.of("", "~", "null", "Null", "NULL");
    private static final Set<String> TRUE =
            Set.of("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON");
    private static final Set<String> FALSE =
            Set.of("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF");
    private static final Pattern INTEGER = Pattern.compile("[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|[0-9]+)");
    private static final Pattern DECIMAL = Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?");
    private static final int OCTAL = 8;

    /** Numbers with more digits are none. */
    private static final int MAX_LENGTH = 400;

    /** Whole numbers up to so many digits are written without an exponent. */
    private static final int MAX_WHOLE = 21;

    private static final String TAG = "tag:yaml.org,2002:";

    private YamlScalars() {}

    static JsonNode value(ScalarEvent scalar) {
        String text = scalar.getValue();
        String tag = scalar.getTag().orElse("");
        if (tag.equals(TAG + "binary")) {
            return text(binary(text));
        }
        boolean says = tag.isEmpty() ? scalar.isPlain() : !tag.equals(TAG + "str") && !tag.equals("!");
        return says ? plain(text) : text(text);
    }

    private static String binary(String text) {
        try {
            return new String(Base64.getMimeDecoder().decode(text), StandardCharsets.ISO_8859_1);
        } catch (IllegalArgumentException e) {
            throw YamlException.of("!!binary value contains invalid base64 data");
        }
    }

    private static JsonNode plain(String text) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        if (NULLS.contains(text)) {
            return nodes.nullNode();
        }
        if (TRUE.contains(text)) {
            return nodes.booleanNode(true);
        }
        if (FALSE.contains(text)) {
            return nodes.booleanNode(false);
        }
        JsonNode number = text.length() > MAX_LENGTH ? null : number(text.replace("_", ""));
        return number == null ? text(text) : number;
    }

    private static @Nullable JsonNode number(String text) {
        if (text.isEmpty() || "+-.0123456789".indexOf(text.charAt(0)) < 0) {
            return null;
        }
        Optional<BigInteger> integer = integer(text);
        if (integer.isPresent()) {
            return JsonNodeFactory.instance.numberNode(integer.get());
        }
        if (!DECIMAL.matcher(text).matches()) {
            return null;
        }
        BigDecimal decimal = new BigDecimal(text);
        // the original reads it as a double, and writes it without needless zeros
        double rounded = decimal.doubleValue();
        if (Double.isInfinite(rounded)) {
            return null;
        }
        BigDecimal shortest = new BigDecimal(Double.toString(rounded)).stripTrailingZeros();
        boolean whole = shortest.scale() < 0 && shortest.precision() - shortest.scale() <= MAX_WHOLE;
        return JsonNodeFactory.instance.numberNode(whole ? shortest.setScale(0) : shortest);
    }

    /** A whole number of 64 bits, in any notation. */
    private static Optional<BigInteger> integer(String text) {
        if (!INTEGER.matcher(text).matches()) {
            return Optional.empty();
        }
        boolean negative = text.charAt(0) == '-';
        String digits = negative || text.charAt(0) == '+' ? text.substring(1) : text;
        int radix = 10;
        if (digits.length() > 1 && digits.charAt(0) == '0') {
            radix = switch (digits.charAt(1)) {
                case 'x', 'X' -> 16;
                case 'b', 'B' -> 2;
                default -> OCTAL;
            };
            digits = digits.substring(Character.isDigit(digits.charAt(1)) ? 1 : 2);
        }
        if (radix == OCTAL && (digits.indexOf('8') >= 0 || digits.indexOf('9') >= 0)) {
            return Optional.empty();
        }
        BigInteger value = new BigInteger(digits, radix);
        BigInteger signed = negative ? value.negate() : value;
        boolean fits = negative ? signed.bitLength() < Long.SIZE : signed.bitLength() <= Long.SIZE;
        return fits ? Optional.of(signed) : Optional.empty();
    }

    private static JsonNode text(String text) {
        return JsonNodeFactory.instance.stringNode(text);
    }
}
