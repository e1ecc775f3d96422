package io.kybern.dns.wire;

import java.util.ArrayList;
import java.util.List;

/** What answers a question. */
public record Answer(
        ResponseCode code,
        List<ResourceRecord> records,
        List<ResourceRecord> authority,
        List<ResourceRecord> additional) {

    public Answer {
        records = List.copyOf(records);
        authority = List.copyOf(authority);
        additional = List.copyOf(additional);
    }

    /** Nothing but a code. */
    public static Answer of(ResponseCode code) {
        return new Answer(code, List.of(), List.of(), List.of());
    }

    /** The records that were asked for. */
    public static Answer of(List<ResourceRecord> records, List<ResourceRecord> additional) {
        return new Answer(ResponseCode.NOERROR, records, List.of(), additional);
    }

    /** This answer as that of an alias's target, with the alias before it. */
    public Answer after(ResourceRecord alias) {
        List<ResourceRecord> all = new ArrayList<>();
        all.add(alias);
        all.addAll(records);
        return new Answer(code, all, authority, additional);
    }
}
