package io.kybern.service;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.event.ContextClosedEvent;

/**
 * Starts a Kybern process.
 *
 * <p>All services ship on one class path, so each has settings of its own name: {@code kybern.yml} holds what every
 * process shares, {@code kybern-<service>.yml} what one adds or overrides.
 */
public final class KybernService {

    private KybernService() {}

    /**
     * Starts the service and returns its running context.
     *
     * @param application the annotated configuration class of the service
     * @param service the service's name as in the compose file, for example {@code scheduler}
     * @param args the command line; {@code --name=value} overrides a setting
     */
    public static ConfigurableApplicationContext run(Class<?> application, String service, String... args) {
        ConfigurableApplicationContext context = builder(application, service).run(args);
        QuietHeap heap = QuietHeap.start();
        context.addApplicationListener(new ApplicationListener<ContextClosedEvent>() {
            @Override
            public void onApplicationEvent(ContextClosedEvent closed) {
                if (closed.getApplicationContext() == context) {
                    heap.close();
                }
            }
        });
        return context;
    }

    /** The builder behind {@link #run}, for callers that change it further, such as tests. */
    public static SpringApplicationBuilder builder(Class<?> application, String service) {
        return new SpringApplicationBuilder(application)
                .properties("spring.config.name=kybern,kybern-" + service, "spring.application.name=" + service);
    }
}
