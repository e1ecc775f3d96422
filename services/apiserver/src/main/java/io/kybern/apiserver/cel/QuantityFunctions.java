package io.kybern.apiserver.cel;

import dev.cel.common.types.CelType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import io.kybern.api.Quantity;
import io.kybern.api.QuantityFormatException;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;

/** Quantities such as {@code 100m} and {@code 1Gi}. */
final class QuantityFunctions {

    private static final CelType QUANTITY = OpaqueType.create("kubernetes.Quantity");
    private static final List<CelType> ONE = List.of(QUANTITY);
    private static final List<CelType> TWO = List.of(QUANTITY, QUANTITY);
    private static final List<CelType> WITH_INT = List.of(QUANTITY, SimpleType.INT);
    private static final List<CelType> TEXT = List.of(SimpleType.STRING);

    private QuantityFunctions() {}

    static CelFunctions functions() {
        return new CelFunctions(Map.of(QUANTITY.name(), Quantity.class))
                .global("quantity", "string_to_quantity", QUANTITY, TEXT, args -> parse((String) args[0]))
                .global("isQuantity", "is_quantity_string", SimpleType.BOOL, TEXT, args -> isOne((String) args[0]))
                .member("sign", "quantity_sign", SimpleType.INT, ONE, args ->
                        (long) one(args).signum())
                .member("isInteger", "quantity_is_integer", SimpleType.BOOL, ONE, args -> isInteger(one(args)))
                .member("asInteger", "quantity_as_integer", SimpleType.INT, ONE, args -> asInteger(one(args)))
                .member("asApproximateFloat", "quantity_as_float", SimpleType.DOUBLE, ONE, args -> one(args)
                        .value()
                        .doubleValue())
                .member("isLessThan", "quantity_is_less_than", SimpleType.BOOL, TWO, args -> order(args) < 0)
                .member("isGreaterThan", "quantity_is_greater_than", SimpleType.BOOL, TWO, args -> order(args) > 0)
                .member("compareTo", "quantity_compare_to", SimpleType.INT, TWO, args -> (long) order(args))
                .member("add", "quantity_add", QUANTITY, TWO, args -> one(args).add((Quantity) args[1]))
                .member("add", "quantity_add_int", QUANTITY, WITH_INT, args -> one(args)
                        .add(Quantity.of((Long) args[1])))
                .member("sub", "quantity_sub", QUANTITY, TWO, args -> one(args).subtract((Quantity) args[1]))
                .member("sub", "quantity_sub_int", QUANTITY, WITH_INT, args -> one(args)
                        .subtract(Quantity.of((Long) args[1])));
    }

    private static Quantity one(Object[] arguments) {
        return (Quantity) arguments[0];
    }

    private static int order(Object[] arguments) {
        return one(arguments).compareTo((Quantity) arguments[1]);
    }

    private static Quantity parse(String text) {
        try {
            return Quantity.parse(text);
        } catch (QuantityFormatException e) {
            throw CelFunctions.failure(String.valueOf(e.getMessage()));
        }
    }

    private static boolean isOne(String text) {
        try {
            Quantity.parse(text);
            return true;
        } catch (QuantityFormatException e) {
            return false;
        }
    }

    private static boolean isInteger(Quantity quantity) {
        BigDecimal value = quantity.value();
        return value.stripTrailingZeros().scale() <= 0
                && value.precision() - value.scale() <= 19
                && value.toBigInteger().bitLength() < Long.SIZE;
    }

    private static long asInteger(Quantity quantity) {
        if (!isInteger(quantity)) {
            throw CelFunctions.failure("cannot convert value to integer");
        }
        return quantity.value().longValueExact();
    }
}
