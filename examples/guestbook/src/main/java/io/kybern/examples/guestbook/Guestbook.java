package io.kybern.examples.guestbook;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The messages: a Redis stream that is written at the leader and read from the followers. A stream gives each entry a number that
 * begins with the time and only grows, so the longest copy of it is always the newest.
 */
record Guestbook(String leader, String follower) {

    /** What somebody knows who has written nothing. */
    static final EntryId NOTHING_SEEN = new EntryId(0, 0);

    private static final String KEY = "guestbook";
    private static final int SHOWN = 50;
    private static final int FOLLOWERS = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    /** Long enough for a copy to the other node, short enough for somebody who waits for a page. */
    private static final Duration COPYING = Duration.ofMillis(500);
    /** Each meets any of the followers, of which one may have gone a moment ago, or be a message behind. */
    private static final int READING_ATTEMPTS = 8;

    /**
     * Adds a message and waits for its copies, because only in the followers it survives the leader. The leader refuses it when it
     * has no follower; that it takes it and loses the last follower in the same moment is told as a failure as well.
     *
     * @return where the message stands
     * @throws IOException if the leader did not answer, or no follower has confirmed a copy in time
     */
    EntryId write(String author, String text) throws IOException {
        try (RedisConnection redis = RedisConnection.open(leader, PATIENCE)) {
            EntryId id = id(redis.ask("XADD", KEY, "*", "author", author, "text", text));
            Reply copies = redis.ask("WAIT", Integer.toString(FOLLOWERS), Long.toString(COPYING.toMillis()));
            if (!(copies instanceof Reply.Number(long confirmed)) || confirmed < 1) {
                throw RedisException.unexpected("WAIT", "no copy");
            }
            return id;
        }
    }

    /**
     * The latest messages, the newest first.
     *
     * @param seen an entry that the reader knows of; a follower that lacks it is passed over while another may have it
     * @throws IOException if no follower answered
     */
    List<Message> read(EntryId seen) throws IOException {
        List<Message> found = null;
        IOException failure = null;
        for (int attempt = 1; attempt <= READING_ATTEMPTS; attempt++) {
            try (RedisConnection redis = RedisConnection.open(follower, PATIENCE)) {
                found = messages(redis.ask("XREVRANGE", KEY, "+", "-", "COUNT", Integer.toString(SHOWN)));
                if (knows(found, seen)) {
                    return found;
                }
            } catch (IOException e) {
                failure = e;
            }
        }
        if (found == null) {
            throw failure == null ? RedisException.unexpected("XREVRANGE", "nothing") : failure;
        }
        return found;
    }

    private static boolean knows(List<Message> messages, EntryId seen) {
        return seen.equals(NOTHING_SEEN)
                || !messages.isEmpty() && messages.getFirst().id().compareTo(seen) >= 0;
    }

    private static List<Message> messages(Reply answer) throws RedisException {
        if (!(answer instanceof Reply.Many(List<Reply> entries))) {
            throw RedisException.unexpected("XREVRANGE", answer.toString());
        }
        List<Message> messages = new ArrayList<>();
        for (Reply entry : entries) {
            messages.add(message(entry));
        }
        return messages;
    }

    /** An entry is its id and an array of names and values. */
    private static Message message(Reply entry) throws RedisException {
        if (entry instanceof Reply.Many(List<Reply> parts)
                && parts.size() == 2
                && parts.get(1) instanceof Reply.Many(List<Reply> fields)
                && fields.size() >= 4
                && fields.get(1) instanceof Reply.Text(String author)
                && fields.get(3) instanceof Reply.Text(String text)) {
            return new Message(id(parts.getFirst()), author, text);
        }
        throw RedisException.unexpected("XREVRANGE", entry.toString());
    }

    private static EntryId id(Reply answer) throws RedisException {
        if (answer instanceof Reply.Text(String text)) {
            return EntryId.parse(text).orElseThrow(() -> RedisException.unexpected("an entry's id", text));
        }
        throw RedisException.unexpected("an entry's id", answer.toString());
    }
}
