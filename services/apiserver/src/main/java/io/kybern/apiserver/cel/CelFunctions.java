package io.kybern.apiserver.cel;

import dev.cel.checker.CelCheckerBuilder;
import dev.cel.common.CelErrorCode;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.CelRuntimeException;
import dev.cel.common.types.CelType;
import dev.cel.compiler.CelCompilerLibrary;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelRuntimeBuilder;
import dev.cel.runtime.CelRuntimeLibrary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Functions with their declarations: a library for both the compiler and the runtime. */
final class CelFunctions implements CelCompilerLibrary, CelRuntimeLibrary {

    private final Map<String, List<CelOverloadDecl>> overloads = new LinkedHashMap<>();
    private final List<CelFunctionBinding> bindings = new ArrayList<>();
    private final Map<String, Class<?>> opaque;

    /**
     * A library without functions yet.
     *
     * @param opaque the Java classes of its own types, by their names
     */
    CelFunctions(Map<String, Class<?>> opaque) {
        this.opaque = Map.copyOf(opaque);
    }

    /** Adds what is called on its first argument. */
    CelFunctions member(
            String name, String id, CelType result, List<CelType> parameters, Function<Object[], Object> body) {
        return add(name, CelOverloadDecl.newMemberOverload(id, result, parameters), parameters, body);
    }

    /** Adds what stands alone. */
    CelFunctions global(
            String name, String id, CelType result, List<CelType> parameters, Function<Object[], Object> body) {
        return add(name, CelOverloadDecl.newGlobalOverload(id, result, parameters), parameters, body);
    }

    @SuppressWarnings("Immutable") // bodies are pure functions
    private CelFunctions add(
            String name, CelOverloadDecl declaration, List<CelType> parameters, Function<Object[], Object> body) {
        overloads.computeIfAbsent(name, any -> new ArrayList<>()).add(declaration);
        List<Class<?>> classes = new ArrayList<>();
        parameters.forEach(each -> classes.add(classOf(each)));
        bindings.add(CelFunctionBinding.from(declaration.overloadId(), classes, body::apply));
        return this;
    }

    private Class<?> classOf(CelType type) {
        return switch (type.kind()) {
            case STRING -> String.class;
            case INT -> Long.class;
            case BOOL -> Boolean.class;
            case DOUBLE -> Double.class;
            case LIST -> List.class;
            case MAP -> Map.class;
            case OPAQUE, STRUCT -> opaque.getOrDefault(type.name(), Object.class);
            default -> Object.class;
        };
    }

    /** The failure of a function, which becomes the failure of the expression. */
    static CelRuntimeException failure(String message) {
        return new CelRuntimeException(new IllegalArgumentException(message), CelErrorCode.INVALID_ARGUMENT);
    }

    @Override
    public void setCheckerOptions(CelCheckerBuilder builder) {
        overloads.forEach(
                (name, all) -> builder.addFunctionDeclarations(CelFunctionDecl.newFunctionDeclaration(name, all)));
    }

    @Override
    public void setRuntimeOptions(CelRuntimeBuilder builder) {
        builder.addFunctionBindings(bindings);
    }
}
