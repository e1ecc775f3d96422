package io.kybern.apiserver.admission.plugins;

import io.kybern.api.status.ApiException;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.authz.AccessAttributes;
import io.kybern.apiserver.authz.Authorizer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Who approves or signs requests for certificates must be allowed to for that signer, and nobody gets a client certificate of
 * {@code system:masters}: the admission controllers CertificateApproval, CertificateSigning and CertificateSubjectRestriction.
 */
final class CertificateGuards implements AdmissionPlugin {

    private static final String GROUP = "certificates.k8s.io";
    private static final String RESOURCE = "certificatesigningrequests";
    private static final String CLIENT_SIGNER = "kubernetes.io/kube-apiserver-client";

    private final Authorizer authorizer;

    CertificateGuards(Authorizer authorizer) {
        this.authorizer = authorizer;
    }

    @Override
    public String name() {
        return "CertificateApproval";
    }

    @Override
    public void validate(AdmissionRequest request) {
        AdmissionRequest.Target target = request.target();
        if (!target.type().gvr().group().equals(GROUP)
                || !target.type().gvr().resource().equals(RESOURCE)) {
            return;
        }
        boolean creates = request.operation() == AdmissionOperation.CREATE;
        boolean updates = request.operation() == AdmissionOperation.UPDATE;
        if (creates && target.subresource().isEmpty()) {
            request.object().ifPresent(wish -> restrict(request, wish));
        } else if (updates && target.subresource().equals("approval")) {
            require(request, "approve", "user not permitted to approve requests with signerName \"%s\"");
        } else if (updates && target.subresource().equals("status") && signs(request)) {
            require(request, "sign", "user not permitted to sign requests with signerName \"%s\"");
        }
    }

    private static boolean signs(AdmissionRequest request) {
        JsonNode before = status(request.oldObject());
        JsonNode after = status(request.object());
        return !before.path("certificate").equals(after.path("certificate"))
                || !before.path("conditions").equals(after.path("conditions"));
    }

    private static JsonNode status(Optional<ObjectNode> request) {
        return request.orElseThrow().path("status");
    }

    private void require(AdmissionRequest request, String verb, String refusal) {
        String signer = request.oldObject()
                .orElseThrow()
                .path("spec")
                .path("signerName")
                .asString("");
        String domain = signer.substring(0, Math.max(signer.indexOf('/'), 0));
        if (!may(request.user(), verb, signer) && !may(request.user(), verb, domain + "/*")) {
            throw refused(request, refusal.formatted(signer));
        }
    }

    private boolean may(UserInfo user, String verb, String signer) {
        return authorizer
                .authorize(AccessAttributes.resource(user, verb, GROUP, "signers", "", signer))
                .allowed();
    }

    private static void restrict(AdmissionRequest request, JsonNode wish) {
        boolean masters = wish.path("spec").path("signerName").asString("").equals(CLIENT_SIGNER)
                && CertificateSubject.organizations(
                                pem(wish.path("spec").path("request").asString("")))
                        .contains(UserInfo.MASTERS);
        if (masters) {
            throw refused(
                    request,
                    "use of %s signer with %s group is not allowed".formatted(CLIENT_SIGNER, UserInfo.MASTERS));
        }
    }

    private static String pem(String base64) {
        try {
            return new String(Base64.getMimeDecoder().decode(base64), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    private static ApiException refused(AdmissionRequest request, String why) {
        return ApiException.forbidden(
                request.target().type().groupResource(), request.target().name(), why);
    }
}
