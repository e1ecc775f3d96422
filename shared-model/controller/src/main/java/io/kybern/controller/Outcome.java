package io.kybern.controller;

import java.time.Duration;

/** What a pass of a {@link Reconciler} answers; failure is an exception instead, never both. */
public sealed interface Outcome {

    /** Nothing more to do until something changes; earlier failures of the key are forgotten. */
    record Done() implements Outcome {
        private static final Done DONE = new Done();
    }

    /**
     * Look again later, even if nothing changes; earlier failures of the key are forgotten.
     *
     * @param after how long to wait, not negative
     * @param why for the log
     */
    record Again(Duration after, String why) implements Outcome {
        public Again {
            if (after.isNegative()) {
                after = Duration.ZERO;
            }
        }
    }

    /** The pass is complete. */
    static Outcome done() {
        return Done.DONE;
    }

    /** The pass is complete for now, and time alone can make another one necessary. */
    static Outcome again(Duration after, String why) {
        return new Again(after, why);
    }
}
