package io.kybern.node.network;

/**
 * Another node of the cluster.
 *
 * @param name the node's name
 * @param internalIp its address on the network that joins the nodes
 * @param podCidr the range of its pods
 */
public record PeerNode(String name, String internalIp, String podCidr) {}
