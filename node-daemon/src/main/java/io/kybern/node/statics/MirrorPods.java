package io.kybern.node.statics;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.objects.ObjectUnavailableException;

/** The objects by which the API server shows static pods. Calls block. */
public interface MirrorPods {

    /** Makes the object; one that is there already is fine. */
    void create(Pod staticPod) throws ObjectUnavailableException;

    /** Removes this very object at once; one that is gone is fine. */
    void remove(Pod object) throws ObjectUnavailableException;
}
