package io.kybern.dns.core;

import io.kybern.dns.wire.Answer;
import io.kybern.dns.wire.ResourceRecord;

/** What the cluster's zone makes of a question. */
public sealed interface Resolution {

    /** The zone has the answer. */
    record Known(Answer answer) implements Resolution {}

    /** The name is not one of the zone. */
    record Elsewhere() implements Resolution {}

    /**
     * The name is an alias of one outside of the zone.
     *
     * @param alias the record that says so
     * @param target the name to ask others for
     */
    record Alias(ResourceRecord alias, String target) implements Resolution {}
}
