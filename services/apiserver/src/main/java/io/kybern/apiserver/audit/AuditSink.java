package io.kybern.apiserver.audit;

/** Where entries go. */
interface AuditSink extends AutoCloseable {

    /** Takes an entry, a JSON object. Never blocks: what cannot be taken is lost, and counted. */
    void write(byte[] entry);

    /** Writes what it has been given, for a moment. */
    @Override
    void close();
}
