package io.kybern.bootstrap;

import io.kybern.service.KybernService;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the bootstrap process. */
@SpringBootApplication
public final class BootstrapApplication {

    private BootstrapApplication() {}

    /** Runs the service until the process is told to stop. */
    public static void main(String[] args) {
        KybernService.run(BootstrapApplication.class, "bootstrap", args);
    }
}
