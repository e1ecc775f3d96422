package io.kybern.node.pods;

/**
 * What decides about the next stage of a pod.
 *
 * @param rejected the node does not take the pod
 * @param objectGone the API object does not exist any more
 * @param deletionAsked the API object has a deletion timestamp
 * @param over the pod has done its work, failed for good, or was over when first seen
 * @param running a container of it runs
 * @param starting containers are being started
 * @param reported the API server has the status of this moment
 */
record PodSituation(
        boolean rejected,
        boolean objectGone,
        boolean deletionAsked,
        boolean over,
        boolean running,
        boolean starting,
        boolean reported) {}
