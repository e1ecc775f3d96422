package io.kybern.api;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An amount of a resource, such as {@code 100m} or {@code 1Gi}, as the Kubernetes API defines quantities: a decimal number
 * with a decimal, binary or exponent suffix. Smaller parts than a nano are rounded up, larger amounts than 2^63-1 are cut.
 * Two quantities are equal if their amounts are, however they were written.
 */
public final class Quantity implements Comparable<Quantity> {

    /** The expression that every quantity matches, as error messages quote it. */
    static final String EXPRESSION = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$";

    /** No amount at all. */
    public static final Quantity ZERO = new Quantity(BigDecimal.ZERO, Format.DECIMAL);

    private static final Pattern PATTERN = Pattern.compile(EXPRESSION);
    private static final Pattern EXPONENT = Pattern.compile("[eE][-+]?[0-9]+");
    private static final List<String> BINARY = List.of("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei");
    private static final List<String> DECIMAL = List.of("n", "u", "m", "", "k", "M", "G", "T", "P", "E");
    private static final int DECIMAL_UNIT = 3;
    private static final BigDecimal MAX = new BigDecimal(Long.MAX_VALUE);
    private static final BigInteger KIBI = BigInteger.valueOf(1024);
    private static final int NANO_DIGITS = 9;

    private enum Format {
        DECIMAL,
        BINARY,
        EXPONENT
    }

    private final BigDecimal value;
    private final Format format;

    private Quantity(BigDecimal value, Format format) {
        this.value = value;
        this.format = format;
    }

    /** That many whole units. */
    public static Quantity of(long units) {
        return new Quantity(BigDecimal.valueOf(units), Format.DECIMAL);
    }

    /** That many thousandths, for example of a CPU. */
    public static Quantity ofMilli(long thousandths) {
        return new Quantity(BigDecimal.valueOf(thousandths, 3), Format.DECIMAL);
    }

    /** That many bytes, written with a binary suffix. */
    public static Quantity ofBytes(long bytes) {
        return new Quantity(BigDecimal.valueOf(bytes), Format.BINARY);
    }

    /**
     * Reads a quantity.
     *
     * @throws QuantityFormatException if the text is none
     */
    public static Quantity parse(String text) {
        Matcher matcher = PATTERN.matcher(text);
        if (!matcher.matches()) {
            throw QuantityFormatException.wrongFormat();
        }
        BigDecimal number;
        try {
            number = new BigDecimal(matcher.group(1));
        } catch (NumberFormatException e) {
            throw QuantityFormatException.wrongNumber();
        }
        String suffix = matcher.group(2);
        if (EXPONENT.matcher(suffix).matches()) {
            return limited(number.scaleByPowerOfTen(exponent(suffix)), Format.EXPONENT);
        }
        int binary = BINARY.indexOf(suffix);
        if (binary > 0) {
            return limited(number.multiply(new BigDecimal(KIBI.pow(binary))), Format.BINARY);
        }
        int decimal = DECIMAL.indexOf(suffix);
        if (decimal < 0) {
            throw QuantityFormatException.wrongSuffix();
        }
        return limited(number.scaleByPowerOfTen((decimal - DECIMAL_UNIT) * 3), Format.DECIMAL);
    }

    private static int exponent(String suffix) {
        try {
            return Math.clamp(Long.parseLong(suffix.substring(1)), -100, 100);
        } catch (NumberFormatException e) {
            throw QuantityFormatException.wrongSuffix();
        }
    }

    private static Quantity limited(BigDecimal value, Format format) {
        BigDecimal limited = value.scale() > NANO_DIGITS ? value.setScale(NANO_DIGITS, RoundingMode.UP) : value;
        if (limited.compareTo(MAX) > 0) {
            limited = MAX;
        } else if (limited.compareTo(MAX.negate()) < 0) {
            limited = MAX.negate();
        }
        boolean fraction = limited.abs().compareTo(BigDecimal.ONE) < 0 && limited.signum() != 0;
        return new Quantity(limited, fraction && format == Format.BINARY ? Format.DECIMAL : format);
    }

    /** The exact amount in units. */
    public BigDecimal value() {
        return value;
    }

    /** The amount in whole units, rounded up. */
    public long ceilValue() {
        return rounded(value);
    }

    /** The amount in thousandths, rounded up; for a CPU the millicores. */
    public long milliValue() {
        return rounded(value.scaleByPowerOfTen(3));
    }

    private static long rounded(BigDecimal amount) {
        BigDecimal whole = amount.setScale(0, RoundingMode.CEILING);
        return whole.compareTo(MAX) > 0 ? Long.MAX_VALUE : whole.longValue();
    }

    /** The sum, in the format of this quantity, or of the other if this one is zero. */
    public Quantity add(Quantity other) {
        return new Quantity(value.add(other.value), signum() == 0 ? other.format : format);
    }

    /** The difference, in the format of this quantity. */
    public Quantity subtract(Quantity other) {
        return new Quantity(value.subtract(other.value), signum() == 0 ? other.format : format);
    }

    /** -1, 0 or 1 for less than, exactly, or more than nothing. */
    public int signum() {
        return value.signum();
    }

    /** Whether this is no amount at all. */
    public boolean isZero() {
        return value.signum() == 0;
    }

    /**
     * The one way to write this amount in its format: no fraction, the largest suffix possible. {@code 1000m} is {@code 1},
     * {@code 0.5} is {@code 500m}, {@code 1024Mi} is {@code 1Gi}.
     */
    public String canonical() {
        if (value.signum() == 0) {
            return "0";
        }
        boolean small = value.abs().compareTo(BigDecimal.valueOf(1024)) < 0;
        return switch (format) {
            case BINARY -> small ? decimal(false) : binary();
            case DECIMAL -> decimal(false);
            case EXPONENT -> decimal(true);
        };
    }

    private String binary() {
        BigInteger number = value.setScale(0, RoundingMode.UP).toBigIntegerExact();
        int power = 0;
        while (power < BINARY.size() - 1 && number.mod(KIBI).signum() == 0) {
            number = number.divide(KIBI);
            power++;
        }
        return number + BINARY.get(power);
    }

    private String decimal(boolean asExponent) {
        BigDecimal stripped = value.stripTrailingZeros();
        int exponent = Math.min(Math.floorDiv(-stripped.scale(), 3) * 3, asExponent ? Integer.MAX_VALUE : 18);
        String number =
                stripped.scaleByPowerOfTen(-exponent).toBigIntegerExact().toString();
        if (asExponent) {
            return exponent == 0 ? number : number + "e" + exponent;
        }
        return number + DECIMAL.get(exponent / 3 + DECIMAL_UNIT);
    }

    @Override
    public int compareTo(Quantity other) {
        return value.compareTo(other.value);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Quantity quantity && value.compareTo(quantity.value) == 0;
    }

    @Override
    public int hashCode() {
        return value.stripTrailingZeros().hashCode();
    }

    /** Same as {@link #canonical}. */
    @Override
    public String toString() {
        return canonical();
    }
}
