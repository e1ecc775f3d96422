package io.kybern.bootstrap;

import io.kybern.bootstrap.config.BootstrapConfiguration;
import io.kybern.service.KybernService;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.context.annotation.Import;

/**
 * Prepares a cluster: {@code pki} makes certificates, kubeconfigs and passwords, {@code objects} creates what every
 * cluster starts with. Both keep what is there, so they run at every start.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@Import(BootstrapConfiguration.class)
public final class BootstrapApplication {

    private BootstrapApplication() {}

    /** Runs the named tasks and ends the process; a task that fails ends it with a code other than zero. */
    public static void main(String[] args) {
        System.exit(SpringApplication.exit(KybernService.run(BootstrapApplication.class, "bootstrap", args)));
    }
}
