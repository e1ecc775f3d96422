package io.kybern.examples.guestbook;

import io.kybern.testing.ArchitectureRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    @Test
    void roomsAreHeldApart() {
        ArchitectureRules.check("io.kybern.examples.guestbook");
    }
}
