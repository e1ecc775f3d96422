package io.kybern.node.network;

/**
 * A port of the node that leads to a pod.
 *
 * @param hostIp the node's address that listens; empty or {@code 0.0.0.0} for all of them
 * @param hostPort the port on the node
 * @param containerPort the port in the pod
 * @param protocol {@code TCP}, {@code UDP} or {@code SCTP}
 */
public record HostPort(String hostIp, int hostPort, int containerPort, String protocol) {}
