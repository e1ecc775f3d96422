package io.kybern.apiserver.cel;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.navigation.CelNavigableExpr;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The literals that only mutations have: {@code Object}, {@code Object.spec} and so on, and {@code JSONPatch}. They are read as maps with
 * values of any type: objects are JSON, and the server checks the outcome of a mutation against the schema of the object.
 */
final class MutationLiterals {

    private static final Pattern NAME = Pattern.compile("JSONPatch|Object(\\.[a-zA-Z_][a-zA-Z0-9_]*)*");

    private long lastId;

    private MutationLiterals(long lastId) {
        this.lastId = lastId;
    }

    /** The parsed tree with maps in place of those literals. */
    static CelAbstractSyntaxTree read(CelAbstractSyntaxTree tree) {
        CelExpr expression = new MutationLiterals(maxId(tree.getExpr())).rewrite(tree.getExpr());
        return CelAbstractSyntaxTree.newParsedAst(expression, tree.getSource());
    }

    private static long maxId(CelExpr expression) {
        return CelNavigableExpr.fromExpr(expression)
                .allNodes()
                .mapToLong(CelNavigableExpr::id)
                .max()
                .orElse(0);
    }

    private CelExpr rewrite(CelExpr expression) {
        CelExpr.Builder result = expression.toBuilder();
        return switch (expression.exprKind().getKind()) {
            case NOT_SET, CONSTANT, IDENT -> expression;
            case SELECT ->
                result.setSelect(expression.select().toBuilder()
                                .setOperand(rewrite(expression.select().operand()))
                                .build())
                        .build();
            case CALL -> result.setCall(call(expression.call())).build();
            case LIST ->
                result.setList(CelExpr.CelList.newBuilder()
                                .addElements(rewriteAll(expression.list().elements()))
                                .addOptionalIndices(expression.list().optionalIndices())
                                .build())
                        .build();
            case STRUCT ->
                NAME.matcher(expression.struct().messageName()).matches()
                        ? result.setMap(struct(expression.struct())).build()
                        : expression;
            case MAP -> result.setMap(map(expression.map())).build();
            case COMPREHENSION ->
                result.setComprehension(loop(expression.comprehension())).build();
        };
    }

    private List<CelExpr> rewriteAll(List<CelExpr> expressions) {
        List<CelExpr> all = new ArrayList<>();
        expressions.forEach(each -> all.add(rewrite(each)));
        return all;
    }

    private CelExpr.CelCall call(CelExpr.CelCall call) {
        CelExpr.CelCall.Builder result =
                CelExpr.CelCall.newBuilder().setFunction(call.function()).addArgs(rewriteAll(call.args()));
        call.target().ifPresent(target -> result.setTarget(rewrite(target)));
        return result.build();
    }

    private CelExpr.CelMap map(CelExpr.CelMap map) {
        CelExpr.CelMap.Builder result = CelExpr.CelMap.newBuilder();
        map.entries()
                .forEach(each -> result.addEntries(each.toBuilder()
                        .setKey(rewrite(each.key()))
                        .setValue(rewrite(each.value()))
                        .build()));
        return result.build();
    }

    private CelExpr.CelMap struct(CelExpr.CelStruct struct) {
        CelExpr.CelMap.Builder result = CelExpr.CelMap.newBuilder();
        struct.entries()
                .forEach(each -> result.addEntries(CelExpr.CelMap.Entry.newBuilder()
                        .setId(each.id())
                        .setKey(CelExpr.newBuilder()
                                .setId(each.id())
                                .setConstant(CelConstant.ofValue(ValueNames.unescape(each.fieldKey())))
                                .build())
                        .setValue(rewrite(each.value()))
                        .setOptionalEntry(each.optionalEntry())
                        .build()));
        return result.build();
    }

    /** The same value without a type, so that objects of one kind are of one type. */
    private CelExpr anything(CelExpr value) {
        return CelExpr.newBuilder()
                .setId(++lastId)
                .setCall(CelExpr.CelCall.newBuilder()
                        .setFunction("dyn")
                        .addArgs(value)
                        .build())
                .build();
    }

    private CelExpr.CelComprehension loop(CelExpr.CelComprehension loop) {
        return CelExpr.CelComprehension.newBuilder()
                .setIterVar(loop.iterVar())
                .setIterVar2(loop.iterVar2())
                .setIterRange(rewrite(loop.iterRange()))
                .setAccuVar(loop.accuVar())
                .setAccuInit(rewrite(loop.accuInit()))
                .setLoopCondition(rewrite(loop.loopCondition()))
                .setLoopStep(rewrite(loop.loopStep()))
                .setResult(rewrite(loop.result()))
                .build();
    }
}
