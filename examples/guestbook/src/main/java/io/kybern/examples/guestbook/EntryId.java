package io.kybern.examples.guestbook;

import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;

/** Where an entry stands in the stream: the time at which it was written, and a count within that millisecond. */
record EntryId(long millis, long count) implements Comparable<EntryId> {

    private static final Comparator<EntryId> ORDER =
            Comparator.comparingLong(EntryId::millis).thenComparingLong(EntryId::count);

    /** Reads what {@link #toString} writes; empty for anything else. */
    static Optional<EntryId> parse(String text) {
        int dash = text.indexOf('-');
        if (dash < 0) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new EntryId(Long.parseLong(text.substring(0, dash)), Long.parseLong(text.substring(dash + 1))));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    Instant instant() {
        return Instant.ofEpochMilli(millis);
    }

    @Override
    public int compareTo(EntryId other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return millis + "-" + count;
    }
}
