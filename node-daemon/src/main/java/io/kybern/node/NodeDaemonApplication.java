package io.kybern.node;

import io.kybern.service.KybernService;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the node-daemon process. */
@SpringBootApplication
public final class NodeDaemonApplication {

    private NodeDaemonApplication() {}

    /** Runs the service until the process is told to stop. */
    public static void main(String[] args) {
        KybernService.run(NodeDaemonApplication.class, "node-daemon", args);
    }
}
