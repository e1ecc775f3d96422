package io.kybern.controller.fake;

import io.kybern.service.KybernService;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Objects;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.LifecycleProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.AbstractApplicationContext;

/**
 * Makes every bean of a service as its process does, without starting any: nothing listens, nothing is followed. What a bean asks
 * for and nobody gives, two that are one too many, or a setting that cannot be read, shows here and not in a running cluster.
 */
public final class Wiring {

    private static final String KUBECONFIG = """
            apiVersion: v1
            kind: Config
            clusters: [{ name: c, cluster: { server: "https://127.0.0.1:1", certificate-authority-data: %s } }]
            users: [{ name: u, user: { token: t } }]
            contexts: [{ name: x, context: { cluster: c, user: u } }]
            current-context: x
            """;

    private Wiring() {}

    /**
     * The context of a service; to be closed.
     *
     * @param application the annotated configuration class of the service
     * @param service the service's name
     * @param directory of the test's own
     * @param settings more of them, in the form {@code --name=value}
     */
    public static ConfigurableApplicationContext of(
            Class<?> application, String service, Path directory, String... settings) {
        Path kubeconfig = directory.resolve("kubeconfig");
        try (InputStream authority = Objects.requireNonNull(Wiring.class.getResourceAsStream("authority.crt"))) {
            String data = Base64.getEncoder().encodeToString(authority.readAllBytes());
            Files.writeString(kubeconfig, KUBECONFIG.formatted(data));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return KybernService.builder(application, service)
                .sources(NotStarted.class)
                .properties("kybern.kubeconfig=" + kubeconfig)
                .run(settings);
    }

    /** In place of the processor that starts what has a life cycle. */
    @Configuration(proxyBeanMethods = false)
    static class NotStarted {

        @Bean(AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME)
        LifecycleProcessor lifecycleProcessor() {
            return new LifecycleProcessor() {
                @Override
                public void onRefresh() {
                    // nothing is to start
                }

                @Override
                public void onClose() {
                    // nothing has started
                }

                @Override
                public void start() {
                    // nothing is to start
                }

                @Override
                public void stop() {
                    // nothing has started
                }

                @Override
                public boolean isRunning() {
                    return false;
                }
            };
        }
    }
}
