package io.kybern.apiserver.cel;

/**
 * The least and the most that a size or a cost may be. Sums and products that do not fit stay at {@link #ENDLESS}.
 *
 * @param min the least
 * @param max the most
 */
record CostRange(long min, long max) {

    /** More than anything can be. */
    static final long ENDLESS = Long.MAX_VALUE;

    static final CostRange NOTHING = fixed(0);
    static final CostRange ONE = fixed(1);
    static final CostRange UNKNOWN = new CostRange(0, ENDLESS);

    /** Contains nothing yet; what it is united with remains. */
    static final CostRange NONE_YET = new CostRange(ENDLESS, 0);

    static CostRange fixed(long value) {
        return new CostRange(value, value);
    }

    CostRange plus(CostRange other) {
        return new CostRange(sum(min, other.min), sum(max, other.max));
    }

    CostRange times(CostRange other) {
        return new CostRange(product(min, other.min), product(max, other.max));
    }

    /** Each end times the factor, rounded up. */
    CostRange times(double factor) {
        return new CostRange(scaled(min, factor), scaled(max, factor));
    }

    /** From the least of both to the most of both. */
    CostRange or(CostRange other) {
        return new CostRange(Math.min(min, other.min), Math.max(max, other.max));
    }

    static long sum(long one, long other) {
        return one > ENDLESS - other ? ENDLESS : one + other;
    }

    static long product(long one, long other) {
        return other != 0 && one > ENDLESS / other ? ENDLESS : one * other;
    }

    private static long scaled(long value, double factor) {
        // a conversion of what is too large gives the largest number
        return (long) Math.ceil(value * factor);
    }
}
