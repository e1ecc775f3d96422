package io.kybern.lifecycle.core.accounts;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.client.ObjectApi;
import io.kybern.events.Informer;
import io.kybern.lifecycle.core.OwnedObject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Signs the ConfigMap {@code kube-public/cluster-info} with every token that is for signing, so that a new node, which knows nothing but
 * its token, can trust what it reads there; see "ConfigMap signing" in the Kubernetes documentation of bootstrap tokens.
 */
public final class ClusterInfoReconciler implements Reconciler {

    /** What is signed. */
    public static final ObjectKey KEY = new ObjectKey("kube-public", "cluster-info");

    private static final String CONTENT = "kubeconfig";
    private static final String SIGNATURE = "jws-kubeconfig-";

    private final Informer<ConfigMap> configMaps;
    private final Informer<OwnedObject> secrets;
    private final ObjectApi<ConfigMap> configMapApi;
    private final ObjectApi<Secret> secretApi;
    private final Clock clock;

    /**
     * A signer.
     *
     * @param secrets what is known of Secrets: their metadata
     * @param clock by which tokens end: an ended one must not vouch for anything, even while its Secret is still there
     */
    public ClusterInfoReconciler(
            Informer<ConfigMap> configMaps,
            Informer<OwnedObject> secrets,
            ObjectApi<ConfigMap> configMapApi,
            ObjectApi<Secret> secretApi,
            Clock clock) {
        this.configMaps = configMaps;
        this.secrets = secrets;
        this.configMapApi = configMapApi;
        this.secretApi = secretApi;
        this.clock = clock;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<ConfigMap> map = configMaps.get(KEY).filter(each -> each.getData() != null);
        if (map.isEmpty()) {
            return Outcome.done();
        }
        Map<String, String> data = new TreeMap<>(map.get().getData());
        data.keySet().removeIf(each -> each.startsWith(SIGNATURE));
        String content = data.getOrDefault(CONTENT, "");
        Instant now = clock.instant();
        List<BootstrapToken> tokens = content.isEmpty() ? List.of() : signing(now);
        tokens.forEach(token -> data.put(SIGNATURE + token.id(), token.sign(content)));
        if (!data.equals(map.get().getData())) {
            configMapApi.update(new ConfigMapBuilder(map.get()).withData(data).build());
        }
        return tokens.stream()
                .flatMap(token -> token.end().stream())
                .min(Comparator.naturalOrder())
                .map(end -> Outcome.again(Duration.between(now, end), "a token that signs has not ended"))
                .orElseGet(Outcome::done);
    }

    private List<BootstrapToken> signing(Instant now) {
        return secrets.byNamespace(BootstrapToken.NAMESPACE).stream()
                .map(each -> new ObjectKey(
                        BootstrapToken.NAMESPACE, each.getMetadata().getName()))
                .filter(TokenCleaningReconciler::concerns)
                .flatMap(each -> secretApi.get(each).flatMap(BootstrapToken::of).stream())
                .filter(BootstrapToken::signs)
                .filter(token -> token.end().filter(end -> !end.isAfter(now)).isEmpty())
                .toList();
    }
}
