package io.kybern.workload;

import io.kybern.service.KybernService;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the workload-controller process. */
@SpringBootApplication
public final class WorkloadControllerApplication {

    private WorkloadControllerApplication() {}

    /** Runs the service until the process is told to stop. */
    public static void main(String[] args) {
        KybernService.run(WorkloadControllerApplication.class, "workload-controller", args);
    }
}
