package io.kybern.dns.wire;

/**
 * A record.
 *
 * @param name whose it is, in lower case, without a final dot
 * @param ttlSeconds how long it may be kept
 */
public record ResourceRecord(String name, int ttlSeconds, RecordData data) {}
