package io.kybern.apiserver;

import io.kybern.apiserver.admission.plugins.PluginConfiguration;
import io.kybern.apiserver.admission.podsecurity.PodSecurityConfiguration;
import io.kybern.apiserver.admission.policies.PolicyPlugins;
import io.kybern.apiserver.admission.webhooks.WebhookPlugins;
import io.kybern.apiserver.aggregation.AggregationConfiguration;
import io.kybern.apiserver.custom.CustomConfiguration;
import io.kybern.apiserver.endpoints.EndpointsConfiguration;
import io.kybern.apiserver.metrics.MetricsConfiguration;
import io.kybern.apiserver.proxy.ProxyConfiguration;
import io.kybern.apiserver.registry.RegistryConfiguration;
import io.kybern.apiserver.relay.RelayConfiguration;
import io.kybern.apiserver.storage.StorageConfiguration;
import io.kybern.apiserver.watch.WatchConfiguration;
import io.kybern.service.KybernService;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Import;

/** Starts the API server. What it is made of is named here, not found by a scan, so that nothing else on the class path joins in. */
@SpringBootConfiguration
@EnableAutoConfiguration
@Import({
    AggregationConfiguration.class,
    ApiServerConfiguration.class,
    CustomConfiguration.class,
    EndpointsConfiguration.class,
    MetricsConfiguration.class,
    ProxyConfiguration.class,
    PluginConfiguration.class,
    PodSecurityConfiguration.class,
    RegistryConfiguration.class,
    RelayConfiguration.class,
    StorageConfiguration.class,
    WatchConfiguration.class,
    WebhookPlugins.class,
    PolicyPlugins.class
})
public class ApiServerApplication {

    /** Runs the service until the process is told to stop. */
    public static void main(String[] args) {
        KybernService.run(ApiServerApplication.class, "apiserver", args);
    }
}
