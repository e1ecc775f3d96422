package io.kybern.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.controller.LeaderTask;
import io.kybern.controller.fake.Wiring;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.context.ConfigurableApplicationContext;

@Timeout(120)
class WiringTest {

    @Test
    void everyPartOfTheServiceFindsWhatItNeeds(@TempDir Path directory) {
        try (ConfigurableApplicationContext context = Wiring.of(SchedulerApplication.class, "scheduler", directory)) {
            assertThat(context.getBeansOfType(LeaderTask.class)).isNotEmpty();
        }
    }
}
