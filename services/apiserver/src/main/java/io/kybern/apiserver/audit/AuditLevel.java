package io.kybern.apiserver.audit;

/** How much an entry tells; each level tells what the one before it does, and more. */
enum AuditLevel {
    NONE("None"),
    METADATA("Metadata"),
    REQUEST("Request"),
    REQUEST_RESPONSE("RequestResponse");

    private final String wireName;

    AuditLevel(String wireName) {
        this.wireName = wireName;
    }

    String wireName() {
        return wireName;
    }

    static AuditLevel of(String name) {
        for (AuditLevel each : values()) {
            if (each.wireName.equals(name)) {
                return each;
            }
        }
        throw new IllegalArgumentException("there is no audit level \"" + name + "\"");
    }

    boolean tells(AuditLevel what) {
        return compareTo(what) >= 0;
    }
}
