package io.kybern.dns.core;

import java.io.IOException;

/** The name servers that know what lies outside the cluster. */
@FunctionalInterface
public interface Upstream {

    /**
     * Passes a question on; blocks for as long as the servers may take.
     *
     * @param query a whole message
     * @param complete whether an answer that UDP does not carry is to be fetched over TCP
     * @return the answer under the number of the query
     * @throws IOException if no server answered in time
     */
    byte[] ask(byte[] query, boolean complete) throws IOException;
}
