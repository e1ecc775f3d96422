package io.kybern.examples.guestbook;

import java.time.Instant;

/** One entry of the guestbook, at the time that Redis gave it. */
record Message(Instant writtenAt, String author, String text) {}
