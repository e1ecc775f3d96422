package io.kybern.apiserver.cel;

import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** An expression of a stored object: it compiled when it was written, but if it no longer does, then each evaluation says so. */
final class Attempt {

    private @Nullable CelProgram program;
    private @Nullable CelException failure;

    /** A condition. */
    Attempt(CelCompiler compiler, String expression) {
        this(compiler, expression, List.of(SimpleType.BOOL));
    }

    Attempt(CelCompiler compiler, String expression, List<CelType> results) {
        this(() -> results.isEmpty() ? compiler.compile(expression) : compiler.compile(expression, results));
    }

    Attempt(Supplier<CelProgram> compile) {
        try {
            this.program = compile.get();
        } catch (CelException e) {
            this.failure = e;
        }
    }

    /** Why it does not compile; null if it does. */
    @Nullable
    CelException failure() {
        return failure;
    }

    /** The type of the result; anything if it does not compile. */
    CelType resultType() {
        return program == null ? SimpleType.DYN : program.resultType();
    }

    Object evaluate(Map<String, ?> variables, CelBudget budget) {
        if (program == null) {
            throw failure == null ? CelException.evaluation("not compiled") : failure;
        }
        return program.evaluate(variables, budget);
    }
}
