package io.kybern.schema.structural;

import java.math.BigDecimal;
import tools.jackson.databind.JsonNode;

/** What a schema demands of a number. */
final class NumberRules {

    private static final BigDecimal MAX_INT = BigDecimal.valueOf(Integer.MAX_VALUE);
    private static final BigDecimal MIN_INT = BigDecimal.valueOf(Integer.MIN_VALUE);
    private static final BigDecimal MAX_LONG = BigDecimal.valueOf(Long.MAX_VALUE);
    private static final BigDecimal MIN_LONG = BigDecimal.valueOf(Long.MIN_VALUE);
    private static final BigDecimal MAX_FLOAT = new BigDecimal(Float.MAX_VALUE);

    private final ValueValidator faults;
    private final JsonNode rules;
    private final String path;

    NumberRules(ValueValidator faults, JsonNode rules, String path) {
        this.faults = faults;
        this.rules = rules;
        this.path = path;
    }

    void check(JsonNode value, Finding finding) {
        BigDecimal number = value.decimalValue();
        range(number, finding);
        if (rules.path("multipleOf").isNumber()) {
            BigDecimal factor = rules.path("multipleOf").decimalValue();
            if (factor.signum() > 0 && number.remainder(factor).signum() != 0) {
                faults.invalid(path, value, "should be a multiple of " + plain(factor), finding);
            }
        }
        if (rules.path("minimum").isNumber()) {
            BigDecimal min = rules.path("minimum").decimalValue();
            boolean exclusive = rules.path("exclusiveMinimum").asBoolean(false);
            int order = number.compareTo(min);
            if (order < 0 || (exclusive && order == 0)) {
                String how = exclusive ? "should be greater than " : "should be greater than or equal to ";
                faults.invalid(path, value, how + plain(min), finding);
            }
        }
        if (rules.path("maximum").isNumber()) {
            BigDecimal max = rules.path("maximum").decimalValue();
            boolean exclusive = rules.path("exclusiveMaximum").asBoolean(false);
            int order = number.compareTo(max);
            if (order > 0 || (exclusive && order == 0)) {
                String how = exclusive ? "should be less than " : "should be less than or equal to ";
                faults.invalid(path, value, how + plain(max), finding);
            }
        }
        finding.matched();
        finding.matched();
    }

    private void range(BigDecimal number, Finding finding) {
        String type = rules.path("type").asString("");
        String format = rules.path("format").asString("");
        if (type.equals("integer")) {
            boolean small = format.equals("int32");
            boolean fits = number.compareTo(small ? MAX_INT : MAX_LONG) <= 0
                    && number.compareTo(small ? MIN_INT : MIN_LONG) >= 0;
            if (!fits && number.stripTrailingZeros().scale() <= 0) {
                boolean named = small || format.equals("int64");
                String of = named ? "with format " + format : "(default format)";
                faults.outOfRange("Checked value must be of type integer %s in %s".formatted(of, path), finding);
            }
        } else if (type.equals("number")
                && format.equals("float")
                && number.abs().compareTo(MAX_FLOAT) > 0) {
            faults.outOfRange("Checked value must be of type number with format float in " + path, finding);
        }
    }

    private static String plain(BigDecimal number) {
        BigDecimal bare = number.stripTrailingZeros();
        return bare.scale() < 0 ? bare.setScale(0).toString() : bare.toPlainString();
    }
}
