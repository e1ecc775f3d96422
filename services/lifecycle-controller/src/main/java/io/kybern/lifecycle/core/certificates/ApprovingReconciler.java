package io.kybern.lifecycle.core.certificates;

import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestSpec;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.Reconciler;
import io.kybern.controller.client.ObjectApi;
import io.kybern.events.Informer;
import java.util.function.UnaryOperator;

/**
 * Approves what nodes ask for themselves, and what a bootstrapper asks for a new node, if access rules let them; see "Approval or
 * rejection of Certificate Signing Requests" and "TLS bootstrapping" in the Kubernetes documentation.
 */
public final class ApprovingReconciler implements Reconciler {

    private final Informer<CertificateSigningRequest> requests;
    private final ObjectApi<CertificateSigningRequest> api;
    private final UnaryOperator<SubjectAccessReview> access;

    /** @param access asks the API server whether somebody may do something */
    public ApprovingReconciler(
            Informer<CertificateSigningRequest> requests,
            ObjectApi<CertificateSigningRequest> api,
            UnaryOperator<SubjectAccessReview> access) {
        this.requests = requests;
        this.api = api;
        this.access = access;
    }

    @Override
    public Outcome reconcile(ObjectKey key) {
        requests.get(key)
                .filter(request -> request.getSpec().getSignerName().equals(KnownSigner.NODE_CLIENT.signerName()))
                .filter(request -> !SigningRequests.isIssued(request))
                .filter(request -> !SigningRequests.is(request, SigningRequests.APPROVED))
                .filter(request -> !SigningRequests.is(request, SigningRequests.DENIED))
                .ifPresent(this::consider);
        return Outcome.done();
    }

    private void consider(CertificateSigningRequest request) {
        RequestedCertificate wanted = SigningRequests.parsed(request).orElse(null);
        if (wanted == null
                || KnownSigner.NODE_CLIENT
                        .fault(wanted, SigningRequests.usages(request))
                        .isPresent()) {
            return;
        }
        boolean own = wanted.commonName().equals(request.getSpec().getUsername());
        if (own && may(request.getSpec(), "selfnodeclient")) {
            approve(request, "Auto approving self kubelet client certificate after SubjectAccessReview.");
        } else if (may(request.getSpec(), "nodeclient")) {
            approve(request, "Auto approving kubelet client certificate after SubjectAccessReview.");
        } else {
            // whoever may not yet may be allowed to later: the pass is tried again
            throw new IllegalStateException("recognized csr %s but subject access review was not approved"
                    .formatted(request.getMetadata().getName()));
        }
    }

    private void approve(CertificateSigningRequest request, String message) {
        api.update(SigningRequests.with(request, SigningRequests.APPROVED, "AutoApproved", message), "approval");
    }

    private boolean may(CertificateSigningRequestSpec asker, String kind) {
        SubjectAccessReviewBuilder review = new SubjectAccessReviewBuilder()
                .withNewSpec()
                .withUser(asker.getUsername())
                .withUid(asker.getUid())
                .withGroups(asker.getGroups())
                .withExtra(asker.getExtra())
                .withNewResourceAttributes()
                .withGroup("certificates.k8s.io")
                .withResource("certificatesigningrequests")
                .withSubresource(kind)
                .withVerb("create")
                .withVersion("*")
                .endResourceAttributes()
                .endSpec();
        return Boolean.TRUE.equals(access.apply(review.build()).getStatus().getAllowed());
    }
}
