package io.kybern.apiserver.proxy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/**
 * Where a node's own API is.
 *
 * @param node the node's name, which its certificate must have
 * @param ip its address
 * @param port its port
 */
record NodeAddress(String node, String ip, int port) {

    /** The address to connect to; carries the node's name, so that TLS checks the certificate against it. */
    InetSocketAddress socketAddress() {
        try {
            return new InetSocketAddress(
                    InetAddress.getByAddress(node, InetAddress.getByName(ip).getAddress()), port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("node " + node + " has no usable address: " + ip, e);
        }
    }
}
