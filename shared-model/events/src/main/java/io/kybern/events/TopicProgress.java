package io.kybern.events;

import java.time.Instant;

/** How far a topic has been read: finds gaps in the sequence, silence, and sequences that begin anew. For one thread. */
final class TopicProgress {

    /** A relay that takes over repeats a little; one that goes on with older bookmarks has lost its memory. */
    private static final int BACKWARD_BOOKMARKS = 3;

    private static final long UNKNOWN = -1;

    private long last = UNKNOWN;
    private int backward;
    private Instant heardAt;

    TopicProgress(Instant now) {
        heardAt = now;
    }

    /** What a record says of those before it. */
    enum Finding {
        /** It is the first one since the reader was attached: whether there was one before it that got lost, nobody knows. */
        FIRST,
        /** It follows on the last one. */
        NEXT,
        /** It repeats what was there before. */
        REPEATED,
        /** Records before it were lost. */
        GAP,
        /** The sequence has begun anew; nothing is known of what was lost. */
        RESTARTED
    }

    /** The reader was attached to the topic's end. */
    void attached(Instant now) {
        last = UNKNOWN;
        backward = 0;
        heardAt = now;
    }

    Finding record(ObjectEvent event, Instant now) {
        heardAt = now;
        long sequence = event.sequence();
        boolean bookmark = event.type() == ObjectEvent.Type.BOOKMARK;
        if (last == UNKNOWN) {
            last = sequence;
            return Finding.FIRST;
        }
        long expected = bookmark ? last : last + 1;
        if (sequence == expected) {
            last = sequence;
            backward = 0;
            return Finding.NEXT;
        }
        if (sequence > expected) {
            last = sequence;
            backward = 0;
            return Finding.GAP;
        }
        backward += bookmark ? 1 : 0;
        if (backward >= BACKWARD_BOOKMARKS) {
            last = sequence;
            backward = 0;
            return Finding.RESTARTED;
        }
        return Finding.REPEATED;
    }

    Instant heardAt() {
        return heardAt;
    }
}
