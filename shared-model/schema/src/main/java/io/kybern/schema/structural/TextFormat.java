package io.kybern.schema.structural;

import com.google.re2j.Pattern;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The formats of strings that schemas may name; any other is ignored.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation">supported
 *     formats</a>
 */
public final class TextFormat {

    private static final int LABEL = 63;
    private static final int SUBDOMAIN = 253;
    private static final int OCTETS = 4;
    private static final int BYTE = 255;
    private static final int HEXTETS = 8;
    private static final int ISBN10 = 10;
    private static final int ISBN13 = 13;

    private static final String HEX = "[0-9a-f]";
    private static final String NAME = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
    private static final Pattern DURATION =
            Pattern.compile("[-+]?((\\d+\\.?\\d*|\\.\\d+)(ns|us|µs|μs|ms|s|m|h))+|[-+]?0");
    private static final Pattern LONG_DURATION = Pattern.compile(
            "(?i)\\d+\\s*(ns|nano[a-z]*|us|µs|micro[a-z]*|ms|milli[a-z]*|s|sec[a-z]*|m|min[a-z]*|h|hr|hour[a-z]*|d|day[a-z]*|w|wk|week[a-z]*)");

    private static final Map<String, Predicate<String>> FORMATS = Map.ofEntries(
            Map.entry("bsonobjectid", pattern("(?i)" + HEX + "{24}")),
            Map.entry("uri", TextFormat::isUri),
            Map.entry("email", pattern("[^@\\s]+@[^@\\s]+|.+<[^@\\s]+@[^@\\s]+>")),
            Map.entry("hostname", TextFormat::isHostname),
            Map.entry("ipv4", TextFormat::isIpv4),
            Map.entry("ipv6", TextFormat::isIpv6),
            Map.entry("cidr", TextFormat::isCidr),
            Map.entry(
                    "mac",
                    pattern("(?i)(HH([:-]HH){5}|HHHH(\\.HHHH){2}|HH([:-]HH){7}|HHHH(\\.HHHH){3})".replace("H", HEX))),
            Map.entry("uuid", uuid("h{4}", "h{4}")),
            Map.entry("uuid3", uuid("3h{3}", "h{4}")),
            Map.entry("uuid4", uuid("4h{3}", "[89ab]h{3}")),
            Map.entry("uuid5", uuid("5h{3}", "[89ab]h{3}")),
            Map.entry("isbn", text -> isIsbn10(text) || isIsbn13(text)),
            Map.entry("isbn10", TextFormat::isIsbn10),
            Map.entry("isbn13", TextFormat::isIsbn13),
            Map.entry("creditcard", TextFormat::isCreditCard),
            Map.entry("ssn", pattern("\\d{3}[- ]?\\d{2}[- ]?\\d{4}")),
            Map.entry("hexcolor", pattern("#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")),
            Map.entry(
                    "rgbcolor",
                    pattern(
                            "rgb\\(\\s*(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*,\\s*(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*,\\s*(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])\\s*\\)")),
            Map.entry("byte", TextFormat::isBase64),
            Map.entry("password", text -> true),
            Map.entry("date", TextFormat::isDate),
            Map.entry(
                    "duration",
                    text -> DURATION.matches(text)
                            || LONG_DURATION.matcher(text).find()),
            Map.entry("datetime", TextFormat::isDateTime),
            Map.entry("k8sshortname", text -> text.length() <= LABEL && fits(NAME, text)),
            Map.entry("k8slongname", text -> text.length() <= SUBDOMAIN && fits(NAME + "(\\." + NAME + ")*", text)));

    private static final Map<String, Set<String>> NUMBER_FORMATS =
            Map.of("integer", Set.of("int32", "int64"), "number", Set.of("float", "double"));

    private TextFormat() {}

    /** Whether a text is of a format, or the format is none that is known. */
    static boolean matches(String format, String text) {
        Predicate<String> known = FORMATS.get(normalized(format));
        return known == null || known.test(text);
    }

    /** Whether a format means something for values of a type; the type may be empty. */
    public static boolean isKnown(String type, String format) {
        return type.isEmpty() || type.equals("string")
                ? FORMATS.containsKey(normalized(format))
                : NUMBER_FORMATS.getOrDefault(type, Set.of()).contains(format);
    }

    private static String normalized(String format) {
        return format.replace("-", "");
    }

    private static Predicate<String> pattern(String expression) {
        Pattern compiled = Pattern.compile(expression);
        return compiled::matches;
    }

    private static Predicate<String> uuid(String third, String fourth) {
        return pattern(("(?i)h{8}-?h{4}-?" + third + "-?" + fourth + "-?h{12}").replace("h", HEX));
    }

    private static boolean fits(String expression, String text) {
        return Pattern.matches(expression, text);
    }

    private static boolean isUri(String text) {
        try {
            URI uri = new URI(text);
            return uri.isAbsolute() || text.startsWith("/");
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static boolean isHostname(String text) {
        if (text.isEmpty() || text.length() > SUBDOMAIN + 2) {
            return false;
        }
        for (String label : text.split("\\.", -1)) {
            if (label.length() > LABEL || !fits("[\\pL\\pS0-9]([-\\pL\\pS0-9]*[\\pL\\pS0-9])?", label)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isIpv4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != OCTETS) {
            return false;
        }
        for (String part : parts) {
            boolean number = fits("0|[1-9]\\d{0,2}", part);
            if (!number || Integer.parseInt(part) > BYTE) {
                return false;
            }
        }
        return true;
    }

    private static boolean isIpv6(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            return hextets(text) == HEXTETS;
        }
        if (text.indexOf("::", gap + 1) >= 0) {
            return false;
        }
        String before = text.substring(0, gap);
        String after = text.substring(gap + 2);
        int left = before.isEmpty() ? 0 : hextets(before);
        int right = after.isEmpty() ? 0 : hextets(after);
        return left >= 0 && right >= 0 && left + right < HEXTETS;
    }

    /** How many groups there are; an IPv4 address at the end is two; negative if it is none. */
    private static int hextets(String text) {
        String[] groups = text.split(":", -1);
        int count = 0;
        for (int i = 0; i < groups.length; i++) {
            if (fits("[0-9a-fA-F]{1,4}", groups[i])) {
                count++;
            } else if (i == groups.length - 1 && isIpv4(groups[i])) {
                count += 2;
            } else {
                return Integer.MIN_VALUE;
            }
        }
        return count;
    }

    private static boolean isCidr(String text) {
        int slash = text.indexOf('/');
        if (slash < 0 || !fits("0|[1-9]\\d{0,2}", text.substring(slash + 1))) {
            return false;
        }
        int bits = Integer.parseInt(text.substring(slash + 1));
        String address = text.substring(0, slash);
        return (isIpv4(address) && bits <= 32) || (isIpv6(address) && bits <= 128);
    }

    private static String withoutSeparators(String text) {
        return text.replaceAll("[\\s-]", "");
    }

    private static boolean isIsbn10(String text) {
        String bare = withoutSeparators(text);
        if (!fits("\\d{9}[\\dX]", bare)) {
            return false;
        }
        int sum = 0;
        for (int i = 0; i < ISBN10; i++) {
            int digit = bare.charAt(i) == 'X' ? ISBN10 : bare.charAt(i) - '0';
            sum += (i + 1) * digit;
        }
        return sum % 11 == 0;
    }

    private static boolean isIsbn13(String text) {
        String bare = withoutSeparators(text);
        if (!fits("\\d{13}", bare)) {
            return false;
        }
        int sum = 0;
        for (int i = 0; i < ISBN13; i++) {
            sum += (i % 2 == 0 ? 1 : 3) * (bare.charAt(i) - '0');
        }
        return sum % 10 == 0;
    }

    private static boolean isCreditCard(String text) {
        String digits = text.replaceAll("\\D", "");
        boolean shape = fits(
                "4\\d{12}(\\d{3})?|5[1-5]\\d{14}|6(011|5\\d\\d)\\d{12}|3[47]\\d{13}|3(0[0-5]|[68]\\d)\\d{11}|(2131|1800|35\\d{3})\\d{11}",
                digits);
        int sum = 0;
        for (int i = 0; shape && i < digits.length(); i++) {
            int digit = digits.charAt(digits.length() - 1 - i) - '0';
            int doubled = digit * 2;
            sum += i % 2 == 0 ? digit : doubled / 10 + doubled % 10;
        }
        return shape && sum % 10 == 0;
    }

    private static boolean isBase64(String text) {
        try {
            Base64.getDecoder().decode(text);
            return text.length() % 4 == 0;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isDate(String text) {
        try {
            return fits("\\d{4}-\\d{2}-\\d{2}", text) && LocalDate.parse(text) != null;
        } catch (DateTimeException e) {
            return false;
        }
    }

    private static boolean isDateTime(String text) {
        try {
            String upper = text.toUpperCase(Locale.ROOT);
            return OffsetDateTime.parse(upper) != null && fits(".*T\\d{2}:\\d{2}:\\d{2}.*", upper);
        } catch (DateTimeException e) {
            return false;
        }
    }
}
