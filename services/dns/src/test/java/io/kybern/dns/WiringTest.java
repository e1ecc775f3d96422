package io.kybern.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.controller.ControllerRuntime;
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
        try (ConfigurableApplicationContext context = Wiring.of(DnsApplication.class, "dns", directory)) {
            assertThat(context.getBean(ControllerRuntime.class).controllers()).isNotEmpty();
        }
    }
}
