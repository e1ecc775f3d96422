package io.kybern.lifecycle;

import io.kybern.service.KybernService;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the lifecycle-controller process. */
@SpringBootApplication
public final class LifecycleControllerApplication {

    private LifecycleControllerApplication() {}

    /** Runs the service until the process is told to stop. */
    public static void main(String[] args) {
        KybernService.run(LifecycleControllerApplication.class, "lifecycle-controller", args);
    }
}
