package io.kybern.node.events;

import io.fabric8.kubernetes.api.model.ObjectReference;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.controller.recorder.EventType;

/** Hands events to the recorder that all of Kybern's processes share: counted, bounded, and patient with the API server. */
public final class RecordedEvents implements EventSink {

    private final EventRecorder recorder;

    public RecordedEvents(EventRecorder recorder) {
        this.recorder = recorder;
    }

    @Override
    public void record(ObjectReference about, Type type, String reason, String message) {
        recorder.event(
                about,
                switch (type) {
                    case NORMAL -> EventType.NORMAL;
                    case WARNING -> EventType.WARNING;
                },
                reason,
                message);
    }
}
