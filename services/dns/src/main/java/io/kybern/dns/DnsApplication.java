package io.kybern.dns;

import io.kybern.service.KybernService;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Starts the dns process. */
@SpringBootApplication
public final class DnsApplication {

    private DnsApplication() {}

    /** Runs the service until the process is told to stop. */
    public static void main(String[] args) {
        KybernService.run(DnsApplication.class, "dns", args);
    }
}
