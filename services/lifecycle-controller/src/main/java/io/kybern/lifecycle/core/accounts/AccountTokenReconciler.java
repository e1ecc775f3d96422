package io.kybern.lifecycle.core.accounts;

import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.model.Owners;
import io.kybern.events.Informer;
import java.util.List;

/** Gives every service account a Secret with a token and names it in the account, as it was before Kubernetes 1.24; a setting. */
public final class AccountTokenReconciler implements Reconciler {

    private static final int SUFFIX = 5;

    private final Informer<ServiceAccount> accounts;
    private final ObjectApi<ServiceAccount> accountApi;
    private final ObjectApi<Secret> secretApi;

    public AccountTokenReconciler(
            Informer<ServiceAccount> accounts, ObjectApi<ServiceAccount> accountApi, ObjectApi<Secret> secretApi) {
        this.accounts = accounts;
        this.accountApi = accountApi;
        this.secretApi = secretApi;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        accounts.get(key).filter(account -> !Owners.isTerminating(account)).ifPresent(this::ensure);
        return Outcome.done();
    }

    private void ensure(ServiceAccount account) {
        String uid = account.getMetadata().getUid();
        // the same name in every pass, so that one that did not hear of its own write makes no second one
        String name = account.getMetadata().getName() + "-token-"
                + uid.replace("-", "").substring(0, SUFFIX);
        List<ObjectReference> named = account.getSecrets() == null ? List.of() : account.getSecrets();
        if (named.stream().anyMatch(each -> name.equals(each.getName()))) {
            return;
        }
        create(account, name);
        accountApi.update(new ServiceAccountBuilder(account)
                .addNewSecret()
                .withName(name)
                .endSecret()
                .build());
    }

    private void create(ServiceAccount account, String name) {
        try {
            secretApi.create(new SecretBuilder()
                    .withNewMetadata()
                    .withNamespace(account.getMetadata().getNamespace())
                    .withName(name)
                    .addToAnnotations(
                            TokenSecretReconciler.ACCOUNT, account.getMetadata().getName())
                    .addToAnnotations(
                            TokenSecretReconciler.UID, account.getMetadata().getUid())
                    .endMetadata()
                    .withType(TokenSecretReconciler.TYPE)
                    .build());
        } catch (ApiFailure failure) {
            if (!failure.isAlreadyExists()) {
                throw failure;
            }
        }
    }
}
