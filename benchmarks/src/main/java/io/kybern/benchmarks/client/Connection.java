package io.kybern.benchmarks.client;

/** A connection to the API server that carries one request at a time. */
public interface Connection extends AutoCloseable {

    /** Sends a request; the one before must be answered. Errors are told to the reply. */
    void send(Request request, Reply reply);

    /** Ends the connection, and with it what runs on it. */
    @Override
    void close();
}
