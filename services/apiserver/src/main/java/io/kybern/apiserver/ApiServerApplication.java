package io.kybern.apiserver;

import io.kybern.service.KybernService;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the apiserver process. */
@SpringBootApplication
public final class ApiServerApplication {

    private ApiServerApplication() {}

    /** Runs the service until the process is told to stop. */
    public static void main(String[] args) {
        KybernService.run(ApiServerApplication.class, "apiserver", args);
    }
}
