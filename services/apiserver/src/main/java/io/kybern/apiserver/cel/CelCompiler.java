package io.kybern.apiserver.cel;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.errorprone.annotations.Immutable;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.CelValidationResult;
import dev.cel.common.types.CelKind;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypeProvider;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.extensions.CelExtensions;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Compiles expressions that see certain variables, with the functions of Kubernetes: see "Common Expression Language in Kubernetes".
 * Immutable, for any thread.
 */
public final class CelCompiler {

    private static final CelOptions OPTIONS = CelOptions.current()
            .enableTimestampEpoch(true)
            .enableHeterogeneousNumericComparisons(true)
            .evaluateCanonicalTypesToNativeValues(true)
            .enableOptionalSyntax(true)
            .build();

    /** What the library says in addition to what Kubernetes says. */
    private static final Pattern CANDIDATES = Pattern.compile(" \\(candidates: .*\\)$", Pattern.MULTILINE);

    private static final List<CelFunctions> LIBRARIES = List.of(
            ListFunctions.functions(),
            TextFunctions.functions(),
            FormatFunctions.functions(),
            UrlFunctions.functions(),
            QuantityFunctions.functions(),
            NetworkFunctions.functions(),
            SemverFunctions.functions(),
            AuthorizerFunctions.functions());

    private static final CelRuntime RUNTIME = CelRuntimeFactory.standardCelRuntimeBuilder()
            .setOptions(OPTIONS)
            .addLibraries(
                    CelExtensions.strings(),
                    CelExtensions.sets(OPTIONS),
                    CelExtensions.optional(),
                    CelExtensions.comprehensions())
            .addLibraries(LIBRARIES)
            .build();

    private final dev.cel.compiler.CelCompiler compiler;
    private final boolean mutations;

    /**
     * An environment.
     *
     * @param variables the variables with their types
     * @param types types of objects that the variables' types name
     */
    public CelCompiler(Map<String, CelType> variables, Collection<? extends CelType> types) {
        this(variables, types, false);
    }

    /** The same, for mutations or for others. */
    CelCompiler(Map<String, CelType> variables, Collection<? extends CelType> types, boolean mutations) {
        this.mutations = mutations;
        CelCompilerBuilder builder = CelCompilerFactory.standardCelCompilerBuilder()
                .setOptions(OPTIONS)
                .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
                .addLibraries(
                        CelExtensions.strings(),
                        CelExtensions.sets(OPTIONS),
                        CelExtensions.optional(),
                        CelExtensions.comprehensions())
                .addLibraries(LIBRARIES)
                .setTypeProvider(new Types(types));
        variables.forEach(builder::addVar);
        this.compiler = builder.build();
    }

    /**
     * Compiles an expression of any result.
     *
     * @throws CelException in the words of Kubernetes: {@code compilation failed: ERROR: <input>:1:1: …}
     */
    public CelProgram compile(String expression) {
        try {
            CelValidationResult parsed = compiler.parse(expression);
            if (parsed.hasError()) {
                throw CelException.compilation(parsed.getErrors().stream()
                        .map(each -> CelIssue.formatError(
                                        each.getSourceLocation(), "Syntax error: " + each.getMessage())
                                .toDisplayString(parsed.getSource()))
                        .collect(Collectors.joining("\n")));
            }
            CelAbstractSyntaxTree read = mutations ? MutationLiterals.read(parsed.getAst()) : parsed.getAst();
            CelAbstractSyntaxTree tree = compiler.check(read).getAst();
            return new CelProgram(expression, tree, RUNTIME.createProgram(tree));
        } catch (CelValidationException e) {
            throw CelException.compilation(
                    CANDIDATES.matcher(String.valueOf(e.getMessage())).replaceAll(""));
        } catch (CelException e) {
            throw e;
        } catch (CelEvaluationException | RuntimeException | StackOverflowError e) {
            throw CelException.compilation("ERROR: <input>:1:1: " + e.getMessage());
        }
    }

    /** Compiles an expression that says yes or no. */
    public CelProgram compileCondition(String expression) {
        return compile(expression, List.of(SimpleType.BOOL));
    }

    /** Compiles an expression whose result is of one of these types. */
    public CelProgram compile(String expression, List<CelType> results) {
        CelProgram program = compile(expression);
        if (results.stream().noneMatch(program.resultType()::equals)) {
            List<String> names = results.stream().map(CelCompiler::name).toList();
            throw CelException.result(
                    names.size() == 1
                            ? "must evaluate to " + names.getFirst()
                            : "must evaluate to one of [" + String.join(" ", names) + "]");
        }
        return program;
    }

    /** Compiles what a mutation lays over an object; {@code Object} literals are maps. */
    public CelProgram compileConfiguration(String expression) {
        return compile(expression, CelKind.MAP, "Object");
    }

    /** Compiles what a mutation changes an object by. */
    public CelProgram compilePatch(String expression) {
        return compile(expression, CelKind.LIST, "list(JSONPatch)");
    }

    /** The same of a stored mutation: if it no longer compiles, then each evaluation says so. */
    public PolicyExpressions.Expression configuration(String expression) {
        return new Attempt(() -> compileConfiguration(expression))::evaluate;
    }

    /** The same of a stored patch. */
    public PolicyExpressions.Expression patch(String expression) {
        return new Attempt(() -> compilePatch(expression))::evaluate;
    }

    private CelProgram compile(String expression, CelKind kind, String name) {
        CelProgram program = compile(expression);
        CelKind actual = program.resultType().kind();
        if (actual != kind && actual != CelKind.DYN) {
            throw CelException.result("must evaluate to " + name);
        }
        return program;
    }

    private static String name(CelType type) {
        return type.equals(SimpleType.NULL_TYPE) ? "null_type" : type.name();
    }

    @Immutable
    private static final class Types implements CelTypeProvider {

        private final ImmutableMap<String, CelType> byName;

        Types(Collection<? extends CelType> types) {
            ImmutableMap.Builder<String, CelType> names = ImmutableMap.builder();
            types.forEach(each -> names.put(each.name(), each));
            this.byName = names.buildKeepingLast();
        }

        @Override
        public ImmutableCollection<CelType> types() {
            return ImmutableList.copyOf(byName.values());
        }

        @Override
        public Optional<CelType> findType(String name) {
            return Optional.ofNullable(byName.get(name));
        }
    }
}
