package io.kybern.lifecycle.core.accounts;

import io.fabric8.kubernetes.api.model.Secret;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectApi;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Deletes the tokens by which nodes join when they end. */
public final class TokenCleaningReconciler implements Reconciler {

    private final ObjectApi<Secret> secrets;
    private final Clock clock;

    public TokenCleaningReconciler(ObjectApi<Secret> secrets, Clock clock) {
        this.secrets = secrets;
        this.clock = clock;
    }

    /** Whether a Secret of that name may be such a token. */
    public static boolean concerns(ObjectKey secret) {
        return secret.namespace().equals(BootstrapToken.NAMESPACE)
                && secret.name().startsWith(BootstrapToken.PREFIX);
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<Secret> secret = concerns(key) ? secrets.get(key) : Optional.empty();
        Optional<Instant> end = secret.flatMap(BootstrapToken::of).flatMap(BootstrapToken::end);
        if (secret.isEmpty() || end.isEmpty()) {
            return Outcome.done();
        }
        Instant now = clock.instant();
        if (end.get().isAfter(now)) {
            return Outcome.again(Duration.between(now, end.get()), "the token has not ended");
        }
        try {
            secrets.delete(key, DeleteRequest.ofUid(secret.get().getMetadata().getUid()));
        } catch (ApiFailure failure) {
            if (!failure.isNotFound() && !failure.isConflict()) {
                throw failure;
            }
        }
        return Outcome.done();
    }
}
