package io.kybern.endpoint;

import io.kybern.service.KybernService;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the endpoint-controller process. */
@SpringBootApplication
public final class EndpointControllerApplication {

    private EndpointControllerApplication() {}

    /** Runs the service until the process is told to stop. */
    public static void main(String[] args) {
        KybernService.run(EndpointControllerApplication.class, "endpoint-controller", args);
    }
}
