package io.kybern.apiserver.proxy;

import java.util.concurrent.CompletableFuture;

/** Reads pages of nodes' own APIs, as the user that nodes let in. */
@FunctionalInterface
public interface NodePages {

    /**
     * Reads a page that comes as a whole.
     *
     * @param node a node of the cluster
     * @param path of the node's API, such as {@code /stats/summary}
     * @return the body; fails if the node is not known, cannot be reached, answers late or with anything but 200
     */
    CompletableFuture<byte[]> read(String node, String path);
}
