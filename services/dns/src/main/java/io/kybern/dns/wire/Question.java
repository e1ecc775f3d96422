package io.kybern.dns.wire;

import java.util.Locale;

/**
 * What is asked.
 *
 * @param name the name in lower case, without a final dot; empty for the root
 * @param type the number of the record type
 */
public record Question(String name, int type) {
    public Question {
        name = name.toLowerCase(Locale.ROOT);
    }

    /** Whether records of the type are wanted. */
    public boolean wants(int recordType) {
        return type == recordType || type == RecordType.ANY;
    }
}
