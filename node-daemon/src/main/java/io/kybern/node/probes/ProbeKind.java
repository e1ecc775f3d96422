package io.kybern.node.probes;

/** The three questions that a probe may answer. See <a
 * href="https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/">probes</a>. */
public enum ProbeKind {
    /** Has it come up? Until then the other two wait. */
    STARTUP("Startup", "startup"),
    /** Must it be restarted? */
    LIVENESS("Liveness", "liveness"),
    /** May it get traffic? */
    READINESS("Readiness", "readiness");

    private final String title;
    private final String word;

    ProbeKind(String title, String word) {
        this.title = title;
        this.word = word;
    }

    /** The name at the start of a message. */
    public String title() {
        return title;
    }

    /** The name within a message. */
    public String word() {
        return word;
    }
}
