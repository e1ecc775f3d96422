package io.kybern.apiserver.flowcontrol;

import java.nio.charset.StandardCharsets;

/** Deals each flow a small hand of queues, so that two flows seldom share all of theirs; see "Queuing" in the documentation. */
final class ShuffleSharding {

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private ShuffleSharding() {}

    /** A number of the flow that is the same each time. */
    static long hash(String schema, String distinguisher) {
        long hash = FNV_OFFSET;
        for (byte each : (schema + '\0' + distinguisher).getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ each) * FNV_PRIME;
        }
        // the low bits alone would not differ enough
        return hash ^ hash >>> Integer.SIZE;
    }

    /** Different queues below {@code queues}, {@code size} of them. */
    static int[] hand(long hash, int queues, int size) {
        int[] hand = new int[Math.min(size, queues)];
        long left = hash;
        for (int i = 0; i < hand.length; i++) {
            int free = queues - i;
            int card = (int) Long.remainderUnsigned(left, free);
            left = Long.divideUnsigned(left, free);
            // the card-th of those that are not dealt yet
            int at = 0;
            while (at < i && hand[at] <= card) {
                card++;
                at++;
            }
            System.arraycopy(hand, at, hand, at + 1, i - at);
            hand[at] = card;
        }
        return hand;
    }
}
