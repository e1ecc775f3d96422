package io.kybern.apiserver.audit;

/** When an entry is written. */
enum AuditStage {
    RECEIVED("RequestReceived"),
    STARTED("ResponseStarted"),
    COMPLETE("ResponseComplete"),
    PANIC("Panic");

    private final String wireName;

    AuditStage(String wireName) {
        this.wireName = wireName;
    }

    String wireName() {
        return wireName;
    }

    static AuditStage of(String name) {
        for (AuditStage each : values()) {
            if (each.wireName.equals(name)) {
                return each;
            }
        }
        throw new IllegalArgumentException("there is no audit stage \"" + name + "\"");
    }
}
