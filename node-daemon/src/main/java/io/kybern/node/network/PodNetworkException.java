package io.kybern.node.network;

/** The pod network could not do what was asked; the caller tries again later. */
public final class PodNetworkException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private PodNetworkException(String message, Throwable cause) {
        super(message, cause);
    }

    private PodNetworkException(String message) {
        super(message);
    }

    /** The node has no range or no bridge yet. */
    public static PodNetworkException notReady(String why) {
        return new PodNetworkException("the pod network is not ready: " + why);
    }

    /** A step for one pod failed. */
    public static PodNetworkException failed(PodIdentity pod, String step, Throwable cause) {
        return new PodNetworkException(
                "pod " + pod.namespace() + "/" + pod.name() + ": " + step + " failed: " + cause.getMessage(), cause);
    }

    /** The node's range has no address left. */
    public static PodNetworkException exhausted(String podCidr) {
        return new PodNetworkException("no address is free in " + podCidr);
    }
}
