package io.kybern.workload.core;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.recorder.EventRecorder;
import io.kybern.events.Informer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Creates and deletes the pods of an owner, notes the writes, and tells of them in the owner's events. */
public final class PodWrites {

    private static final Logger log = LoggerFactory.getLogger(PodWrites.class);

    private final Informer<Pod> cache;
    private final ObjectApi<Pod> api;
    private final WriteFence fence;
    private final EventRecorder recorder;

    public PodWrites(Informer<Pod> cache, ObjectApi<Pod> api, WriteFence fence, EventRecorder recorder) {
        this.cache = cache;
        this.api = api;
        this.fence = fence;
        this.recorder = recorder;
    }

    /** Creates the pod for the owner. */
    public Pod create(HasMetadata owner, Pod pod) {
        try {
            var written = api.create(pod);
            fence.wrote(ObjectKeys.of(owner), cache, written.revision());
            recorder.normal(
                    owner,
                    "SuccessfulCreate",
                    "Created pod: " + written.object().getMetadata().getName());
            return written.object();
        } catch (ApiFailure failure) {
            if (!failure.isNamespaceTerminating()) {
                recorder.warning(owner, "FailedCreate", "Error creating: " + failure.getMessage());
            }
            throw failure;
        }
    }

    /** Deletes the pod; one that is gone already is as good. */
    public void delete(HasMetadata owner, Pod pod) {
        try {
            long revision = api.delete(
                    ObjectKeys.of(pod), DeleteRequest.ofUid(pod.getMetadata().getUid()));
            fence.wrote(ObjectKeys.of(owner), cache, revision);
            recorder.normal(
                    owner,
                    "SuccessfulDelete",
                    "Deleted pod: " + pod.getMetadata().getName());
        } catch (ApiFailure failure) {
            if (failure.isNotFound() || failure.isConflict()) {
                log.atDebug().addKeyValue("pod", pod.getMetadata().getName()).log("The pod is gone already");
                return;
            }
            recorder.warning(owner, "FailedDelete", "Error deleting: " + failure.getMessage());
            throw failure;
        }
    }
}
