package io.kybern.lifecycle.core.certificates;

import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestBuilder;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestCondition;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** How the state of a request is read and written. */
final class SigningRequests {

    static final String APPROVED = "Approved";
    static final String DENIED = "Denied";
    static final String FAILED = "Failed";

    private SigningRequests() {}

    static List<CertificateSigningRequestCondition> conditions(CertificateSigningRequest request) {
        return request.getStatus() == null || request.getStatus().getConditions() == null
                ? List.of()
                : request.getStatus().getConditions();
    }

    static Optional<CertificateSigningRequestCondition> condition(CertificateSigningRequest request, String type) {
        return conditions(request).stream()
                .filter(each -> each.getType().equals(type))
                .findFirst();
    }

    static boolean is(CertificateSigningRequest request, String type) {
        return condition(request, type).isPresent();
    }

    static boolean isIssued(CertificateSigningRequest request) {
        return request.getStatus() != null
                && request.getStatus().getCertificate() != null
                && !request.getStatus().getCertificate().isEmpty();
    }

    static Set<String> usages(CertificateSigningRequest request) {
        List<String> usages = request.getSpec().getUsages();
        return usages == null ? Set.of() : new LinkedHashSet<>(usages);
    }

    static Optional<RequestedCertificate> parsed(CertificateSigningRequest request) {
        return RequestedCertificate.parse(decoded(request.getSpec().getRequest()));
    }

    static String decoded(String base64) {
        return new String(Base64.getMimeDecoder().decode(base64), StandardCharsets.UTF_8);
    }

    static CertificateSigningRequest with(
            CertificateSigningRequest request, String type, String reason, String message) {
        return new CertificateSigningRequestBuilder(request)
                .editOrNewStatus()
                .addNewCondition()
                .withType(type)
                .withStatus("True")
                .withReason(reason)
                .withMessage(message)
                .endCondition()
                .endStatus()
                .build();
    }
}
