package io.kybern.testing;

import java.util.Random;
import java.util.stream.LongStream;

/**
 * The seeds of property tests. They are the same in every build, so that what has passed passes again, unless somebody looks for
 * faults: {@code -Dkybern.seeds=500} takes so many new ones, {@code -Dkybern.seed=…} runs a reported one again.
 */
public final class PropertySeeds {

    private PropertySeeds() {}

    /**
     * The seeds of one test, in the order in which they are to be tried.
     *
     * @param usual how many an ordinary build tries
     */
    public static LongStream of(int usual) {
        Long given = Long.getLong("kybern.seed");
        if (given != null) {
            return LongStream.of(given);
        }
        Integer count = Integer.getInteger("kybern.seeds");
        return count != null ? new Random().longs(count) : new Random(1).longs(usual);
    }
}
