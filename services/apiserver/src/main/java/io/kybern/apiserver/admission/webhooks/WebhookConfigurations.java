package io.kybern.apiserver.admission.webhooks;

import io.kybern.api.GroupResource;
import io.kybern.api.selector.SelectorSyntaxException;
import io.kybern.apiserver.watch.CachedObject;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.Snapshot;
import io.kybern.apiserver.watch.WatchCache;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * The webhooks that the configurations in the watch cache declare, by the name of their configuration. Nothing follows the
 * configurations: each request looks whether the cache holds others than before, so a change counts as soon as it is seen.
 */
final class WebhookConfigurations {

    private static final Logger LOG = LoggerFactory.getLogger(WebhookConfigurations.class);

    private final WatchCache cache;
    private final GroupResource resource;
    private volatile Known known = new Known(null, List.of());

    private record Known(@Nullable Snapshot configurations, List<Webhook> webhooks) {}

    /** The configurations of that resource, one of the two. */
    WebhookConfigurations(WatchCache cache, String resource) {
        this.cache = cache;
        this.resource = new GroupResource("admissionregistration.k8s.io", resource);
    }

    /** All webhooks in their order. */
    List<Webhook> current() {
        Snapshot present = cache.snapshot(resource, RevisionRequest.any()).join();
        Known last = known;
        if (last.configurations() == null || !last.configurations().sameObjects(present)) {
            last = new Known(present, read(present));
            known = last;
        }
        return last.webhooks();
    }

    private static List<Webhook> read(Snapshot configurations) {
        List<Webhook> webhooks = new ArrayList<>();
        for (CachedObject each : configurations.range("", null)) {
            for (JsonNode declared : each.tree().path("webhooks")) {
                try {
                    webhooks.add(Webhook.of(each.key().name(), declared));
                } catch (SelectorSyntaxException e) {
                    LOG.atError()
                            .addKeyValue("configuration", each.key())
                            .setCause(e)
                            .log("A webhook has a selector that cannot be read and is left out");
                }
            }
        }
        return List.copyOf(webhooks);
    }
}
