package io.kybern.replication;

import io.kybern.service.KybernService;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the replication-controller process. */
@SpringBootApplication
public final class ReplicationControllerApplication {

    private ReplicationControllerApplication() {}

    /** Runs the service until the process is told to stop. */
    public static void main(String[] args) {
        KybernService.run(ReplicationControllerApplication.class, "replication-controller", args);
    }
}
