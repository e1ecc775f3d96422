package io.kybern.examples.guestbook;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EntryIdTest {

    @Test
    void isReadAsItIsWritten() {
        assertThat(EntryId.parse("1700000000000-3")).contains(new EntryId(1700000000000L, 3));
        assertThat(new EntryId(1700000000000L, 3)).hasToString("1700000000000-3");
    }

    @Test
    void whatIsNoIdIsNone() {
        assertThat(EntryId.parse("")).isEmpty();
        assertThat(EntryId.parse("1-")).isEmpty();
        assertThat(EntryId.parse("one-1")).isEmpty();
    }

    @Test
    void ordersByTimeAndThenByCountAsNumbers() {
        assertThat(new EntryId(10, 2)).isLessThan(new EntryId(10, 10)).isGreaterThan(new EntryId(9, 99));
    }
}
