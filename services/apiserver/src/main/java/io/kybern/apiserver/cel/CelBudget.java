package io.kybern.apiserver.cel;

/**
 * What the expressions that are evaluated for one purpose may cost together, and each of them alone; the units and limits are those of
 * Kubernetes. Belongs to one thread.
 */
public final class CelBudget {

    /** What one call of one expression may cost: about a tenth of a second. */
    static final long PER_CALL = 1_000_000;

    private static final long PER_OBJECT = 10_000_000;
    private static final long PER_MATCH_CONDITIONS = PER_OBJECT / 4;

    private long left;

    private CelBudget(long left) {
        this.left = left;
    }

    /** For all rules on one object, or all expressions of one policy on one request. */
    public static CelBudget perObject() {
        return new CelBudget(PER_OBJECT);
    }

    /** For the match conditions of one policy or webhook on one request. */
    public static CelBudget perMatchConditions() {
        return new CelBudget(PER_MATCH_CONDITIONS);
    }

    /** What the next call may cost. */
    long nextCall() {
        return Math.min(PER_CALL, Math.max(left, 0));
    }

    void spend(long cost) {
        left -= cost;
    }

    /** Whether nothing is left. */
    public boolean exhausted() {
        return left <= 0;
    }
}
