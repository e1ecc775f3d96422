package io.kybern.bootstrap.config;

import io.kybern.bootstrap.objects.ClusterObjects;
import io.kybern.bootstrap.objects.ObjectsTask;
import io.kybern.bootstrap.pki.PkiTask;
import java.security.SecureRandom;
import java.time.Clock;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Wires the two tasks and runs those that the command line names. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(BootstrapProperties.class)
public class BootstrapConfiguration {

    @Bean
    PkiTask pkiTask(BootstrapProperties properties) {
        return new PkiTask(properties.layout(), Clock.systemUTC(), new SecureRandom());
    }

    @Bean
    ObjectsTask objectsTask(BootstrapProperties properties) {
        return new ObjectsTask(
                ClusterObjects.bundled(),
                properties.layout().adminKubeconfig(),
                properties.apiserverUrl(),
                properties.patience());
    }

    @Bean
    ApplicationRunner bootstrapRunner(PkiTask pki, ObjectsTask objects) {
        return arguments -> {
            if (arguments.getNonOptionArgs().isEmpty()) {
                throw new IllegalArgumentException("name a task: pki or objects");
            }
            for (String task : arguments.getNonOptionArgs()) {
                switch (task) {
                    case "pki" -> pki.run();
                    case "objects" -> objects.run();
                    default -> throw new IllegalArgumentException("unknown task " + task + ": name pki or objects");
                }
            }
        };
    }
}
