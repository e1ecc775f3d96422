package io.kybern.examples.guestbook;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The messages: a Redis stream that is written at the leader and read from the followers. A stream gives each entry a number that
 * begins with the time and only grows, so the longest copy of it is always the newest.
 */
record Guestbook(String leader, String follower) {

    private static final String KEY = "guestbook";
    private static final int SHOWN = 50;
    private static final int FOLLOWERS = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    /** Long enough for a copy to the other node, short enough for somebody who waits for a page. */
    private static final Duration COPYING = Duration.ofMillis(500);
    /** One more than there are followers: one of them may have gone a moment ago. */
    private static final int READING_ATTEMPTS = FOLLOWERS + 1;

    /**
     * Adds a message and waits for its copies, because only in the followers it survives the leader. The leader refuses it when it
     * has no follower; that it takes it and loses the last follower in the same moment is told as a failure as well.
     *
     * @throws IOException if the leader did not answer, or no follower has confirmed a copy in time
     */
    void write(String author, String text) throws IOException {
        try (RedisConnection redis = RedisConnection.open(leader, PATIENCE)) {
            redis.ask("XADD", KEY, "*", "author", author, "text", text);
            Reply copies = redis.ask("WAIT", Integer.toString(FOLLOWERS), Long.toString(COPYING.toMillis()));
            if (!(copies instanceof Reply.Number(long confirmed)) || confirmed < 1) {
                throw RedisException.unexpected("WAIT", "no copy");
            }
        }
    }

    /** The latest messages, the newest first. */
    List<Message> read() throws IOException {
        for (int attempt = 1; ; attempt++) {
            try (RedisConnection redis = RedisConnection.open(follower, PATIENCE)) {
                return messages(redis.ask("XREVRANGE", KEY, "+", "-", "COUNT", Integer.toString(SHOWN)));
            } catch (IOException e) {
                if (attempt == READING_ATTEMPTS) {
                    throw e;
                }
            }
        }
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

    /** An entry is its id, {@code <milliseconds>-<count>}, and an array of names and values. */
    private static Message message(Reply entry) throws RedisException {
        if (entry instanceof Reply.Many(List<Reply> parts)
                && parts.size() == 2
                && parts.get(0) instanceof Reply.Text(String id)
                && parts.get(1) instanceof Reply.Many(List<Reply> fields)
                && fields.size() >= 4
                && fields.get(1) instanceof Reply.Text(String author)
                && fields.get(3) instanceof Reply.Text(String text)) {
            long millis = Long.parseLong(id.substring(0, id.indexOf('-')));
            return new Message(Instant.ofEpochMilli(millis), author, text);
        }
        throw RedisException.unexpected("XREVRANGE", entry.toString());
    }
}
