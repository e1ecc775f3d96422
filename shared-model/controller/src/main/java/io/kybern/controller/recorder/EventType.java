package io.kybern.controller.recorder;

/** How serious an event is. */
public enum EventType {
    NORMAL("Normal"),
    WARNING("Warning");

    private final String wireName;

    EventType(String wireName) {
        this.wireName = wireName;
    }

    /** The name in the event's {@code type}. */
    public String wireName() {
        return wireName;
    }
}
