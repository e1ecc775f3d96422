package io.kybern.apiserver.authz;

/**
 * What an authorizer says.
 *
 * @param verdict whether it allows, refuses for good, or leaves it to the next
 * @param reason why; may be empty
 */
public record Decision(Verdict verdict, String reason) {

    /** The three things to say. */
    public enum Verdict {
        ALLOW,
        DENY,
        NO_OPINION
    }

    private static final Decision NO_OPINION = new Decision(Verdict.NO_OPINION, "");

    /** Allows. */
    public static Decision allow(String reason) {
        return new Decision(Verdict.ALLOW, reason);
    }

    /** Leaves it to the next. */
    public static Decision noOpinion() {
        return NO_OPINION;
    }

    /** Leaves it to the next, and says why. */
    public static Decision noOpinion(String reason) {
        return new Decision(Verdict.NO_OPINION, reason);
    }

    /** Whether it is allowed. */
    public boolean allowed() {
        return verdict == Verdict.ALLOW;
    }
}
