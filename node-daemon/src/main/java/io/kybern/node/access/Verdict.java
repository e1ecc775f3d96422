package io.kybern.node.access;

/** What becomes of a request. */
public sealed interface Verdict {

    /** It is answered. */
    record Admitted(Caller caller) implements Verdict {}

    /**
     * It is not.
     *
     * @param status the HTTP status
     * @param text the body, in the words of kubelets
     */
    record Refused(int status, String text) implements Verdict {}
}
