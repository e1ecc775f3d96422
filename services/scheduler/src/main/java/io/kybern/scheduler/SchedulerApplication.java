package io.kybern.scheduler;

import io.kybern.service.KybernService;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the scheduler process. */
@SpringBootApplication
public final class SchedulerApplication {

    private SchedulerApplication() {}

    /** Runs the service until the process is told to stop. */
    public static void main(String[] args) {
        KybernService.run(SchedulerApplication.class, "scheduler", args);
    }
}
