package io.kybern.examples.guestbook;

/** One entry of the guestbook, at the place and time that Redis gave it. */
record Message(EntryId id, String author, String text) {}
