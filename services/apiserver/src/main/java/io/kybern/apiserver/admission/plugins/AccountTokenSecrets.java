package io.kybern.apiserver.admission.plugins;

import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.authn.ServiceAccountTokens;
import io.kybern.apiserver.registry.Absent;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Fills a Secret of the type {@code kubernetes.io/service-account-token} with a token of the account that it names. Kubernetes does so in
 * a controller, a moment later; here the key is at hand, and nobody sees an empty one. See "ServiceAccount token Secrets".
 */
public final class AccountTokenSecrets implements AdmissionPlugin {

    private static final String TYPE = "kubernetes.io/service-account-token";
    private static final String ACCOUNT = "kubernetes.io/service-account.name";
    private static final String UID = "kubernetes.io/service-account.uid";

    private final ClusterReader cluster;
    private final ServiceAccountTokens tokens;
    private final String authority;

    /** @param authority the certificates that the API server's own is signed by, PEM */
    public AccountTokenSecrets(ClusterReader cluster, ServiceAccountTokens tokens, String authority) {
        this.cluster = cluster;
        this.tokens = tokens;
        this.authority = authority;
    }

    @Override
    public String name() {
        return "ServiceAccountTokenSecrets";
    }

    @Override
    public void mutate(AdmissionRequest request) {
        boolean writes =
                request.operation() == AdmissionOperation.CREATE || request.operation() == AdmissionOperation.UPDATE;
        if (writes && request.target().is("", "secrets")) {
            request.object()
                    .filter(secret -> secret.path("type").asString("").equals(TYPE))
                    .filter(secret -> !KubeObject.isBeingDeleted(secret))
                    .ifPresent(secret -> fill(secret, request.target()));
        }
    }

    private void fill(ObjectNode secret, AdmissionRequest.Target target) {
        Map<String, String> annotations = KubeObject.annotations(secret);
        String account = annotations.getOrDefault(ACCOUNT, "");
        String wanted = annotations.getOrDefault(UID, "");
        String name = KubeObject.name(secret);
        if (account.isEmpty() || name.isEmpty()) {
            return;
        }
        cluster.find("", "serviceaccounts", new ObjectKey(target.namespace(), account))
                .filter(found -> wanted.isEmpty() || wanted.equals(KubeObject.uid(found)))
                .ifPresent(found -> fill(secret, target.namespace(), found));
    }

    private void fill(ObjectNode secret, String namespace, JsonNode account) {
        ServiceAccountTokens.Reference reference =
                new ServiceAccountTokens.Reference(KubeObject.name(account), KubeObject.uid(account));
        Absent.object(Absent.object(secret, "metadata"), "annotations").put(UID, reference.uid());
        ObjectNode data = Absent.object(secret, "data");
        if (data.path("token").asString("").isEmpty()) {
            put(data, "token", tokens.issueForSecret(namespace, reference, KubeObject.name(secret)));
        }
        put(data, "ca.crt", authority);
        put(data, "namespace", namespace);
    }

    private static void put(ObjectNode data, String key, String value) {
        data.put(key, Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8)));
    }
}
