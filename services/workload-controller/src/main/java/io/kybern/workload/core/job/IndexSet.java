package io.kybern.workload.core.job;

import java.util.BitSet;
import java.util.Collection;
import java.util.StringJoiner;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A set of completion indexes, written as Kubernetes writes {@code status.completedIndexes}: increasing numbers with commas, three or
 * more in a row as {@code 3-5}. Immutable.
 */
final class IndexSet {

    static final IndexSet EMPTY = new IndexSet(new BitSet());

    private final BitSet bits;

    private IndexSet(BitSet bits) {
        this.bits = bits;
    }

    /** Reads indexes below the limit; what cannot be read is left out, since it came from the server and is no fault of now. */
    static IndexSet parse(@Nullable String text, int limit) {
        BitSet bits = new BitSet();
        for (String part : text == null || text.isEmpty() ? new String[0] : text.split(",")) {
            int dash = part.indexOf('-');
            try {
                int first = Integer.parseInt(dash < 0 ? part : part.substring(0, dash));
                int last = dash < 0 ? first : Integer.parseInt(part.substring(dash + 1));
                if (first >= 0 && first <= last) {
                    bits.set(Math.min(first, limit), Math.min(last + 1, limit));
                }
            } catch (NumberFormatException e) {
                // not an interval
            }
        }
        return new IndexSet(bits);
    }

    static IndexSet of(Collection<Integer> indexes) {
        BitSet bits = new BitSet();
        indexes.forEach(bits::set);
        return new IndexSet(bits);
    }

    boolean contains(int index) {
        return bits.get(index);
    }

    int size() {
        return bits.cardinality();
    }

    IndexSet union(IndexSet other) {
        BitSet both = (BitSet) bits.clone();
        both.or(other.bits);
        return new IndexSet(both);
    }

    /** How many of them are in the other set too. */
    int common(IndexSet other) {
        BitSet both = (BitSet) bits.clone();
        both.and(other.bits);
        return both.cardinality();
    }

    /** The lowest indexes below the limit that are not in the set. */
    IntStream lowestAbsent(int limit) {
        return IntStream.iterate(bits.nextClearBit(0), index -> index < limit, index -> bits.nextClearBit(index + 1));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof IndexSet set && set.bits.equals(bits);
    }

    @Override
    public int hashCode() {
        return bits.hashCode();
    }

    @Override
    public String toString() {
        StringJoiner text = new StringJoiner(",");
        for (int first = bits.nextSetBit(0); first >= 0; ) {
            int end = bits.nextClearBit(first);
            if (end - first > 2) {
                text.add(first + "-" + (end - 1));
            } else {
                for (int index = first; index < end; index++) {
                    text.add(Integer.toString(index));
                }
            }
            first = bits.nextSetBit(end);
        }
        return text.toString();
    }
}
