package io.kybern.deployment;

import io.kybern.service.KybernService;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the deployment-controller process. */
@SpringBootApplication
public final class DeploymentControllerApplication {

    private DeploymentControllerApplication() {}

    /** Runs the service until the process is told to stop. */
    public static void main(String[] args) {
        KybernService.run(DeploymentControllerApplication.class, "deployment-controller", args);
    }
}
