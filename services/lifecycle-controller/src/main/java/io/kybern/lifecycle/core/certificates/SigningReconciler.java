package io.kybern.lifecycle.core.certificates;

import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.client.ObjectApi;
import io.kybern.events.Informer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Signs approved requests to the signers that every cluster has, and says why it does not sign one. */
public final class SigningReconciler implements Reconciler {

    private final Informer<CertificateSigningRequest> requests;
    private final ObjectApi<CertificateSigningRequest> api;
    private final ClusterSigner signer;

    public SigningReconciler(
            Informer<CertificateSigningRequest> requests,
            ObjectApi<CertificateSigningRequest> api,
            ClusterSigner signer) {
        this.requests = requests;
        this.api = api;
        this.signer = signer;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        requests.get(key)
                .filter(request -> SigningRequests.is(request, SigningRequests.APPROVED))
                .filter(request -> !SigningRequests.is(request, SigningRequests.DENIED))
                .filter(request -> !SigningRequests.is(request, SigningRequests.FAILED))
                .filter(request -> !SigningRequests.isIssued(request))
                .ifPresent(request ->
                        KnownSigner.of(request.getSpec().getSignerName()).ifPresent(known -> sign(request, known)));
        return Outcome.done();
    }

    private void sign(CertificateSigningRequest request, KnownSigner known) {
        Set<String> usages = SigningRequests.usages(request);
        Optional<RequestedCertificate> wanted = SigningRequests.parsed(request);
        Optional<String> fault =
                wanted.isEmpty() ? Optional.of("unable to parse the request") : known.fault(wanted.get(), usages);
        if (fault.isPresent()) {
            api.updateStatus(
                    SigningRequests.with(request, SigningRequests.FAILED, "SignerValidationFailure", fault.get()));
            return;
        }
        long seconds = Objects.requireNonNullElse(request.getSpec().getExpirationSeconds(), 0);
        String certificate = signer.sign(wanted.orElseThrow(), usages, seconds);
        api.updateStatus(new CertificateSigningRequestBuilder(request)
                .editOrNewStatus()
                .withCertificate(Base64.getEncoder().encodeToString(certificate.getBytes(StandardCharsets.UTF_8)))
                .endStatus()
                .build());
    }
}
