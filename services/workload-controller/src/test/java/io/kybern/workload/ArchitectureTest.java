package io.kybern.workload;

import io.kybern.testing.ArchitectureRules;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    @Test
    void roomsAreHeldApart() {
        ArchitectureRules.check("io.kybern.workload");
    }
}
