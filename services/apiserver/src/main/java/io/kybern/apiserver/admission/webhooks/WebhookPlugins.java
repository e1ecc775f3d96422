package io.kybern.apiserver.admission.webhooks;

import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.ObjectConverter;
import io.kybern.apiserver.admission.matching.RequestMatcher;
import io.kybern.apiserver.authz.Authorization;
import io.kybern.apiserver.proxy.ServiceDialer;
import io.kybern.apiserver.watch.WatchCache;
import io.kybern.apiserver.webhooks.WebhookClient;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

/** The two admission plugins that ask webhooks, after the built-in ones. */
@Configuration(proxyBeanMethods = false)
public class WebhookPlugins {

    @Bean
    WebhookClient webhookClient(ServiceDialer services) {
        return new WebhookClient(services);
    }

    @Bean
    @Order(600)
    AdmissionPlugin mutatingAdmissionWebhook(
            WatchCache cache,
            RequestMatcher matcher,
            WebhookClient client,
            ObjectConverter converter,
            Authorization authorization,
            MeterRegistry meters) {
        AdmissionReview reviews = new AdmissionReview(converter);
        return new MutatingAdmissionWebhook(
                new WebhookConfigurations(cache, "mutatingwebhookconfigurations"),
                new WebhookFilter(matcher, authorization),
                new WebhookCaller(client, reviews, new WebhookMetrics(meters, "admit"), true),
                reviews);
    }

    @Bean
    @Order(800)
    AdmissionPlugin validatingAdmissionWebhook(
            WatchCache cache,
            RequestMatcher matcher,
            WebhookClient client,
            ObjectConverter converter,
            Authorization authorization,
            MeterRegistry meters) {
        AdmissionReview reviews = new AdmissionReview(converter);
        return new ValidatingAdmissionWebhook(
                new WebhookConfigurations(cache, "validatingwebhookconfigurations"),
                new WebhookFilter(matcher, authorization),
                new WebhookCaller(client, reviews, new WebhookMetrics(meters, "validating"), false));
    }
}
