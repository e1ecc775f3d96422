package io.kybern.lifecycle.core.certificates;

import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestCondition;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.client.ApiFailure;
import io.kybern.controller.client.DeleteRequest;
import io.kybern.controller.client.ObjectApi;
import io.kybern.events.Informer;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Forgets requests: decided ones after an hour, others after a day, and those whose certificate has ended. */
public final class CleaningReconciler implements Reconciler {

    private static final Duration DECIDED = Duration.ofHours(1);
    private static final Duration PENDING = Duration.ofHours(24);

    private final Informer<CertificateSigningRequest> requests;
    private final ObjectApi<CertificateSigningRequest> api;
    private final Clock clock;

    public CleaningReconciler(
            Informer<CertificateSigningRequest> requests, ObjectApi<CertificateSigningRequest> api, Clock clock) {
        this.requests = requests;
        this.api = api;
        this.clock = clock;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        Optional<CertificateSigningRequest> found = requests.get(key);
        if (found.isEmpty()) {
            return Outcome.done();
        }
        Instant end = end(found.get());
        Instant now = clock.instant();
        if (end.isAfter(now)) {
            return Outcome.again(Duration.between(now, end), "the request is not old enough to be forgotten");
        }
        try {
            api.delete(key, DeleteRequest.ofUid(found.get().getMetadata().getUid()));
        } catch (ApiFailure failure) {
            if (!failure.isNotFound() && !failure.isConflict()) {
                throw failure;
            }
        }
        return Outcome.done();
    }

    private static Instant end(CertificateSigningRequest request) {
        Instant decided = List.of(SigningRequests.APPROVED, SigningRequests.DENIED, SigningRequests.FAILED).stream()
                .flatMap(type -> SigningRequests.condition(request, type).stream())
                .map(CertificateSigningRequestCondition::getLastUpdateTime)
                .filter(Objects::nonNull)
                .map(CleaningReconciler::time)
                .max(Instant::compareTo)
                .map(last -> last.plus(DECIDED))
                .orElse(null);
        Instant age = time(request.getMetadata().getCreationTimestamp()).plus(PENDING);
        return Stream.of(Optional.ofNullable(decided).orElse(age), lastDay(request))
                .filter(Objects::nonNull)
                .min(Instant::compareTo)
                .orElse(age);
    }

    private static @Nullable Instant lastDay(CertificateSigningRequest request) {
        if (!SigningRequests.isIssued(request)) {
            return null;
        }
        byte[] pem =
                SigningRequests.decoded(request.getStatus().getCertificate()).getBytes(StandardCharsets.UTF_8);
        try {
            return CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem))
                            instanceof X509Certificate certificate
                    ? certificate.getNotAfter().toInstant()
                    : null;
        } catch (CertificateException e) {
            // another signer may issue what only its clients understand
            return null;
        }
    }

    private static Instant time(String text) {
        return OffsetDateTime.parse(text).toInstant();
    }
}
