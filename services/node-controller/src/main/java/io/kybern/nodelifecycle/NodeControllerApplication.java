package io.kybern.nodelifecycle;

import io.kybern.service.KybernService;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the node-controller process. */
@SpringBootApplication
public final class NodeControllerApplication {

    private NodeControllerApplication() {}

    /** Runs the service until the process is told to stop. */
    public static void main(String[] args) {
        KybernService.run(NodeControllerApplication.class, "node-controller", args);
    }
}
