package io.kybern.apiserver.cel;

import com.google.common.collect.ImmutableMap;
import dev.cel.common.types.CelType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import java.util.List;
import java.util.Map;

/**
 * Checks expressions that pick devices. See <a
 * href="https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/#deviceclass">Dynamic Resource
 * Allocation</a>.
 */
public final class DeviceExpressions {

    private static final CelType DEVICE = AdmissionEnvironment.struct(
            "kubernetes.DRADevice",
            ImmutableMap.of(
                    "driver",
                    SimpleType.STRING,
                    "attributes",
                    byDomain(SimpleType.DYN),
                    "capacity",
                    byDomain(OpaqueType.create("kubernetes.Quantity")),
                    "allowMultipleAllocations",
                    SimpleType.BOOL));

    private static final CelCompiler COMPILER = new CelCompiler(Map.of("device", DEVICE), List.of(DEVICE));

    private DeviceExpressions() {}

    private static CelType byDomain(CelType value) {
        return MapType.create(SimpleType.STRING, MapType.create(SimpleType.STRING, value));
    }

    /**
     * Checks an expression that says of a device whether it will do.
     *
     * @throws CelException if it cannot be compiled
     */
    public static void check(String expression) {
        COMPILER.compileCondition(expression);
    }
}
