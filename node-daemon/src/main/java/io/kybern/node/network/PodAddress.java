package io.kybern.node.network;

/**
 * Where a pod is reached.
 *
 * @param ip the pod's IPv4 address in dotted form
 */
public record PodAddress(String ip) {}
