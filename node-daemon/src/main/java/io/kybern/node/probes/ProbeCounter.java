package io.kybern.node.probes;

/**
 * Turns single outcomes into a standing verdict: so many successes or failures in a row change it. A value; each outcome
 * gives a new one.
 *
 * @param standing the verdict that holds
 * @param successes in a row
 * @param failures in a row
 */
record ProbeCounter(Standing standing, int successes, int failures) {

    /** The verdict that holds until enough outcomes say otherwise. */
    enum Standing {
        UNDECIDED,
        GOOD,
        BAD
    }

    /** Before the first outcome: alive, not ready, not started. */
    static ProbeCounter initial(ProbeKind kind) {
        return new ProbeCounter(
                switch (kind) {
                    case LIVENESS -> Standing.GOOD;
                    case READINESS -> Standing.BAD;
                    case STARTUP -> Standing.UNDECIDED;
                },
                0,
                0);
    }

    ProbeCounter with(ProbeOutcome.Result result, int successThreshold, int failureThreshold) {
        return switch (result) {
            case UNKNOWN -> this;
            case SUCCESS, WARNING -> {
                int n = successes + 1;
                yield new ProbeCounter(n >= successThreshold ? Standing.GOOD : standing, n, 0);
            }
            case FAILURE -> {
                int n = failures + 1;
                yield new ProbeCounter(n >= failureThreshold ? Standing.BAD : standing, 0, n);
            }
        };
    }
}
