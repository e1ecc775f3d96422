package io.kybern.apiserver.cel;

import dev.cel.common.types.CelType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Semantic versions. */
final class SemverFunctions {

    private static final CelType SEMVER = OpaqueType.create("kubernetes.Semver");
    private static final CelType TEXT = SimpleType.STRING;
    private static final CelType BOOL = SimpleType.BOOL;
    private static final String NUMBER = "(0|[1-9][0-9]{0,17})";
    private static final Pattern FORM = Pattern.compile(NUMBER + "\\." + NUMBER + "\\." + NUMBER
            + "(?:-([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?(?:\\+[0-9A-Za-z.-]+)?");
    private static final Pattern LOOSE = Pattern.compile("v?([0-9]+)(?:\\.([0-9]+))?(?:\\.([0-9]+))?([-+].*)?");

    private SemverFunctions() {}

    record Version(long major, long minor, long patch, String preRelease) {

        static Optional<Version> find(String text) {
            Matcher matcher = FORM.matcher(text);
            if (!matcher.matches()) {
                return Optional.empty();
            }
            String pre = matcher.group(4);
            return Optional.of(new Version(
                    Long.parseLong(matcher.group(1)),
                    Long.parseLong(matcher.group(2)),
                    Long.parseLong(matcher.group(3)),
                    pre == null ? "" : pre));
        }

        int compare(Version other) {
            int order = Long.compare(major, other.major);
            order = order != 0 ? order : Long.compare(minor, other.minor);
            order = order != 0 ? order : Long.compare(patch, other.patch);
            return order != 0 ? order : comparePreReleases(preRelease, other.preRelease);
        }

        private static int comparePreReleases(String one, String other) {
            if (one.isEmpty() || other.isEmpty()) {
                return Boolean.compare(one.isEmpty(), other.isEmpty());
            }
            String[] parts = one.split("\\.");
            String[] others = other.split("\\.");
            for (int i = 0; i < Math.min(parts.length, others.length); i++) {
                int order = compareParts(parts[i], others[i]);
                if (order != 0) {
                    return order;
                }
            }
            return Integer.compare(parts.length, others.length);
        }

        private static int compareParts(String one, String other) {
            boolean number = one.chars().allMatch(Character::isDigit);
            boolean otherNumber = other.chars().allMatch(Character::isDigit);
            if (number && otherNumber) {
                return new BigInteger(one).compareTo(new BigInteger(other));
            }
            return number != otherNumber ? Boolean.compare(otherNumber, number) : Integer.signum(one.compareTo(other));
        }
    }

    static CelFunctions functions() {
        List<CelType> loose = List.of(TEXT, BOOL);
        List<CelType> two = List.of(SEMVER, SEMVER);
        return new CelFunctions(Map.of(SEMVER.name(), Version.class))
                .global("semver", "string_to_semver", SEMVER, List.of(TEXT), args -> parse((String) args[0]))
                .global("semver", "string_bool_to_semver", SEMVER, loose, args -> parse(normalized(args)))
                .global("isSemver", "is_semver_string", BOOL, List.of(TEXT), args -> Version.find((String) args[0])
                        .isPresent())
                .global("isSemver", "is_semver_string_bool", BOOL, loose, args -> Version.find(normalized(args))
                        .isPresent())
                .member("major", "semver_major", SimpleType.INT, List.of(SEMVER), args -> ((Version) args[0]).major())
                .member("minor", "semver_minor", SimpleType.INT, List.of(SEMVER), args -> ((Version) args[0]).minor())
                .member("patch", "semver_patch", SimpleType.INT, List.of(SEMVER), args -> ((Version) args[0]).patch())
                .member("isLessThan", "semver_is_less_than", BOOL, two, args -> order(args) < 0)
                .member("isGreaterThan", "semver_is_greater_than", BOOL, two, args -> order(args) > 0)
                .member("compareTo", "semver_compare_to", SimpleType.INT, two, args -> (long) order(args));
    }

    private static Version parse(String text) {
        return Version.find(text)
                .orElseThrow(() -> CelFunctions.failure("invalid semantic version " + TextFunctions.quote(text)));
    }

    private static int order(Object[] arguments) {
        return ((Version) arguments[0]).compare((Version) arguments[1]);
    }

    private static String normalized(Object[] arguments) {
        String text = (String) arguments[0];
        Matcher matcher = LOOSE.matcher(text);
        if (!Boolean.TRUE.equals(arguments[1]) || !matcher.matches()) {
            return text;
        }
        String rest = matcher.group(4);
        return "%s.%s.%s%s"
                .formatted(
                        number(matcher.group(1)),
                        number(matcher.group(2)),
                        number(matcher.group(3)),
                        rest == null ? "" : rest);
    }

    private static String number(@org.jspecify.annotations.Nullable String digits) {
        return digits == null ? "0" : new BigInteger(digits).toString();
    }
}
