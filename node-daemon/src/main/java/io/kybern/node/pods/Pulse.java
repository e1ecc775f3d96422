package io.kybern.node.pods;

/** Work that is done in turns by somebody who may hang. */
public interface Pulse {

    /** Has that run when its turn comes, after all that came before it. Answers at once. */
    void afterAllElse(Runnable beat);
}
