package io.kybern.examples.guestbook;

import java.util.List;

/** What Redis answers. An error is no answer but an exception. */
sealed interface Reply {

    /** A string, simple or of bytes. */
    record Text(String value) implements Reply {}

    /** An integer. */
    record Number(long value) implements Reply {}

    /** An array. */
    record Many(List<Reply> items) implements Reply {

        public Many {
            items = List.copyOf(items);
        }
    }

    /** The null of the protocol. */
    record Nothing() implements Reply {}
}
