package io.kybern.apiserver.proxy;

/**
 * A port of a pod that a proxy leads to.
 *
 * @param node the pod's node
 * @param secure whether it is spoken to over TLS; its certificate is not checked, as nobody could know it
 */
record Backend(NodeAddress node, String namespace, String pod, String ip, int port, boolean secure) {

    /** As Kubernetes writes it in messages. */
    String hostAndPort() {
        return ip + ":" + port;
    }
}
