package io.kybern.apiserver.admission.podsecurity;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.authn.ObjectLookup;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.WatchCache;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import tools.jackson.databind.JsonNode;

/** Pod Security admission. */
@Configuration(proxyBeanMethods = false)
public class PodSecurityConfiguration {

    private static final ResourceType NAMESPACES = ResourceRegistry.builtIn().require("", "v1", "namespaces");

    @Bean
    @Order(80)
    AdmissionPlugin podSecurityPlugin(ObjectLookup lookup, ObjectStore store, WatchCache cache) {
        return new PodSecurityPlugin(key -> namespace(lookup, store, key), namespace -> pods(cache, namespace));
    }

    /** A namespace though it was created a moment ago. */
    private static Optional<JsonNode> namespace(ObjectLookup lookup, ObjectStore store, ObjectKey key) {
        Optional<JsonNode> known = lookup.find(NAMESPACES.storage(), key);
        return known.isPresent() ? known : store.get(NAMESPACES, key).join().map(stored -> stored.tree());
    }

    private static List<JsonNode> pods(WatchCache cache, String namespace) {
        List<JsonNode> pods = new ArrayList<>();
        cache.snapshot(new GroupResource("", "pods"), RevisionRequest.latest())
                .join()
                .range(namespace, null)
                .forEach(each -> pods.add(each.tree()));
        return pods;
    }
}
