package io.kybern.node.events;

import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import org.jspecify.annotations.Nullable;

/** Takes events and writes them when it can. Never blocks, never fails. */
public interface EventSink {

    /** How serious an event is. */
    enum Type {
        NORMAL("Normal"),
        WARNING("Warning");

        private final String wireName;

        Type(String wireName) {
            this.wireName = wireName;
        }

        /** As the API writes it. */
        public String wireName() {
            return wireName;
        }
    }

    /** Records an event about the object. */
    void record(ObjectReference about, Type type, String reason, String message);

    /** A reference to a pod, or to one of its containers when a field path is given. */
    static ObjectReference of(Pod pod, @Nullable String fieldPath) {
        ObjectReference ref = new ObjectReference();
        ref.setKind("Pod");
        ref.setApiVersion("v1");
        ref.setNamespace(pod.getMetadata().getNamespace());
        ref.setName(pod.getMetadata().getName());
        ref.setUid(pod.getMetadata().getUid());
        ref.setResourceVersion(pod.getMetadata().getResourceVersion());
        ref.setFieldPath(fieldPath);
        return ref;
    }
}
