package io.kybern.node.network;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Gives a pod's sandbox its address. Follows the <a
 * href="https://kubernetes.io/docs/concepts/cluster-administration/networking/">Kubernetes network model</a>.
 *
 * <p>Calls for one pod come one after the other; calls for different pods come at the same time. Every call may be
 * repeated: attaching an attached pod answers its address, detaching a detached one does nothing.
 */
public interface PodNetwork {

    /**
     * Joins the network namespace of a running process to the pod network.
     *
     * @param sandboxPid the process that owns the namespace, as this machine counts processes
     * @param hostPorts ports of the node that lead to the pod; empty for most pods
     * @return the pod's address
     * @throws PodNetworkException when the address could not be given; the call is repeated later
     */
    PodAddress attach(PodIdentity pod, long sandboxPid, List<HostPort> hostPorts);

    /**
     * Takes back what {@link #attach} gave, also when the namespace is already gone.
     *
     * @param ip the pod's address if the caller knows it
     */
    void detach(PodIdentity pod, @Nullable String ip);

    /** The address of an attached pod, also after a restart of this process. */
    Optional<PodAddress> addressOf(PodIdentity pod);

    /** Whether {@link #attach} can succeed: the node has its range and the bridge stands. */
    boolean ready();

    /**
     * Tells the node's range and its neighbours; called again whenever one of them changed.
     *
     * @param podCidr this node's range, for example {@code 10.244.1.0/24}
     * @param peers the other nodes that have an address and a range
     */
    void configure(String podCidr, List<PeerNode> peers);
}
