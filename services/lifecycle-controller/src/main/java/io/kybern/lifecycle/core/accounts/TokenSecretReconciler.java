package io.kybern.lifecycle.core.accounts;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectApi;
import io.kybern.events.Informer;
import io.kybern.lifecycle.core.OwnedObject;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/** A Secret with the token of a service account goes when the account does; see "ServiceAccount token Secrets". */
public final class TokenSecretReconciler implements Reconciler {

    static final String TYPE = "kubernetes.io/service-account-token";
    static final String ACCOUNT = "kubernetes.io/service-account.name";
    static final String UID = "kubernetes.io/service-account.uid";

    private final Informer<OwnedObject> secrets;
    private final ObjectApi<Secret> secretApi;
    private final ObjectApi<ServiceAccount> accountApi;

    /** @param secrets what is known of Secrets: their metadata */
    public TokenSecretReconciler(
            Informer<OwnedObject> secrets, ObjectApi<Secret> secretApi, ObjectApi<ServiceAccount> accountApi) {
        this.secrets = secrets;
        this.secretApi = secretApi;
        this.accountApi = accountApi;
    }

    /** The Secrets that may hold a token of the account. */
    public Collection<ObjectKey> of(ObjectKey account) {
        return secrets.byNamespace(account.namespace()).stream()
                .filter(secret -> annotation(secret, ACCOUNT).equals(account.name()))
                .map(secret ->
                        new ObjectKey(account.namespace(), secret.getMetadata().getName()))
                .toList();
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        secrets.get(key)
                .filter(secret -> !annotation(secret, ACCOUNT).isEmpty())
                .ifPresent(secret -> check(key, secret));
        return Outcome.done();
    }

    private void check(ObjectKey key, OwnedObject known) {
        ObjectKey owner = new ObjectKey(key.namespace(), annotation(known, ACCOUNT));
        // the server itself is asked: what a cache does not know yet is no reason to delete anything
        Optional<String> uid =
                accountApi.get(owner).map(account -> account.getMetadata().getUid());
        String wanted = annotation(known, UID);
        boolean lives = uid.isPresent() && (wanted.isEmpty() || wanted.equals(uid.get()));
        if (lives) {
            return;
        }
        boolean token = secretApi
                .get(key)
                .filter(secret -> TYPE.equals(secret.getType()))
                .filter(secret ->
                        secret.getMetadata().getUid().equals(known.getMetadata().getUid()))
                .isPresent();
        if (token) {
            delete(key, known.getMetadata().getUid());
        }
    }

    private void delete(ObjectKey key, String uid) {
        try {
            secretApi.delete(key, DeleteRequest.ofUid(uid));
        } catch (ApiFailure failure) {
            if (!failure.isNotFound() && !failure.isConflict()) {
                throw failure;
            }
        }
    }

    static String annotation(HasMetadata object, String key) {
        Map<String, String> annotations = object.getMetadata().getAnnotations();
        return annotations == null ? "" : annotations.getOrDefault(key, "");
    }
}
