package io.kybern.events;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.ObjectKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ObjectChangeTest {

    private static final ObjectKey KEY = new ObjectKey("a", "b");

    @Test
    void whatIsUnchangedHasOneState() {
        String same = "same";

        assertThat(new ObjectChange<>(KEY, same, same).states()).containsExactly("same");
    }

    @Test
    void aChangeHasTheStateBeforeAndTheOneAfter() {
        assertThat(new ObjectChange<>(KEY, "before", "after").states()).containsExactly("before", "after");
    }

    @Test
    void whatCameOrWentHasOneState() {
        assertThat(new ObjectChange<>(KEY, null, "made").states()).containsExactly("made");
        assertThat(new ObjectChange<>(KEY, "gone", null).states()).containsExactly("gone");
    }
}
