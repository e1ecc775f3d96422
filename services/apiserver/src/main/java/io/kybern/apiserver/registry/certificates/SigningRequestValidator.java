package io.kybern.apiserver.registry.certificates;

import io.kybern.api.pki.CertificateRequest;
import io.kybern.api.pki.CertificateRequestException;
import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Checks certificate signing requests; see "Certificate Signing Requests" in the Kubernetes documentation. What is wrong already
 * may stay so.
 */
final class SigningRequestValidator {

    static final String APPROVED = "Approved";
    static final String DENIED = "Denied";
    private static final String FAILED = "Failed";

    private static final FieldPath SPEC = FieldPath.of("spec");
    private static final FieldPath CONDITIONS = FieldPath.of("status", "conditions");
    private static final FieldPath CERTIFICATE = FieldPath.of("status", "certificate");
    private static final int MIN_EXPIRATION_SECONDS = 600;
    private static final String LEGACY_SIGNER = "kubernetes.io/legacy-unknown";

    /** In the order in which messages list them. */
    private static final List<String> USAGES = List.of(
            "any",
            "cert sign",
            "client auth",
            "code signing",
            "content commitment",
            "crl sign",
            "data encipherment",
            "decipher only",
            "digital signature",
            "email protection",
            "encipher only",
            "ipsec end system",
            "ipsec tunnel",
            "ipsec user",
            "key agreement",
            "key encipherment",
            "microsoft sgc",
            "netscape sgc",
            "ocsp signing",
            "s/mime",
            "server auth",
            "signing",
            "timestamping");

    /** What is either true or not there. */
    private static final Set<String> FINAL = Set.of(APPROVED, DENIED, FAILED);

    private static final List<String> STATUSES = List.of("False", "True", "Unknown");

    private SigningRequestValidator() {}

    /** Adds the faults of the wanted state, which is the same for as long as the request lives. */
    static void spec(JsonNode request, List<FieldError> errors) {
        JsonNode spec = request.path("spec");
        try {
            CertificateRequest.read(bytes(spec.path("request")));
        } catch (CertificateRequestException e) {
            errors.add(FieldError.invalid(SPEC.child("request"), spec.path("request"), String.valueOf(e.getMessage())));
        }
        usages(spec.path("usages"), errors);
        String signer = spec.path("signerName").asString("");
        if (signer.equals(LEGACY_SIGNER)) {
            errors.add(FieldError.invalid(
                    SPEC.child("signerName"), signer, "the legacy signerName is not allowed via this API version"));
        } else {
            SignerName.validate(signer, SPEC.child("signerName"), errors);
        }
        JsonNode expiration = spec.path("expirationSeconds");
        if (expiration.isNumber() && expiration.asLong() < MIN_EXPIRATION_SECONDS) {
            errors.add(FieldError.invalid(
                    SPEC.child("expirationSeconds"),
                    expiration,
                    "may not specify a duration less than 600 seconds (10 minutes)"));
        }
    }

    private static void usages(JsonNode usages, List<FieldError> errors) {
        FieldPath path = SPEC.child("usages");
        if (usages.isEmpty()) {
            errors.add(FieldError.required(path, ""));
        }
        int index = 0;
        for (JsonNode usage : usages) {
            if (!USAGES.contains(usage.asString(""))) {
                errors.add(FieldError.notSupported(path.index(index), usage, USAGES));
            }
            index++;
        }
        Set<String> seen = new HashSet<>();
        index = 0;
        for (JsonNode usage : usages) {
            if (!seen.add(usage.asString(""))) {
                errors.add(FieldError.duplicate(path.index(index), usage));
            }
            index++;
        }
    }

    /** Adds the faults of a change of the status by {@code /status} or {@code /approval}. */
    static void status(JsonNode request, JsonNode old, boolean approves, List<FieldError> errors) {
        conditions(conditionsOf(request), conditionsOf(old), errors);
        certificate(request, old, !approves, errors);
        for (String type : List.of(APPROVED, DENIED, FAILED)) {
            if (ofType(request, type).size() < ofType(old, type).size()) {
                errors.add(FieldError.forbidden(
                        CONDITIONS, "updates may not remove a condition of type \"%s\"".formatted(type)));
            }
        }
        if (!approves) {
            for (String type : List.of(APPROVED, DENIED)) {
                if (ofType(request, type).size() > ofType(old, type).size()) {
                    errors.add(FieldError.forbidden(
                            CONDITIONS, "updates may not add a condition of type \"%s\"".formatted(type)));
                }
            }
        }
    }

    private static JsonNode conditionsOf(JsonNode request) {
        return request.path("status").path("conditions");
    }

    private static List<JsonNode> ofType(JsonNode request, String type) {
        List<JsonNode> found = new ArrayList<>();
        for (JsonNode condition : conditionsOf(request)) {
            if (condition.path("type").asString("").equals(type)) {
                found.add(condition);
            }
        }
        return found;
    }

    private static void conditions(JsonNode conditions, JsonNode old, List<FieldError> errors) {
        List<String> before = types(old);
        boolean both = before.contains(APPROVED) && before.contains(DENIED);
        boolean twice = new HashSet<>(before).size() < before.size();
        Set<String> seen = new HashSet<>();
        int index = 0;
        for (JsonNode condition : conditions) {
            FieldPath path = CONDITIONS.index(index++);
            String type = condition.path("type").asString("");
            if (type.isEmpty() && !before.contains("")) {
                errors.add(FieldError.required(path.child("type"), ""));
            }
            String status = condition.path("status").asString("");
            List<String> allowed = FINAL.contains(type) ? List.of("True") : STATUSES;
            if (status.isEmpty()) {
                errors.add(FieldError.required(path.child("status"), ""));
            } else if (!allowed.contains(status)) {
                errors.add(FieldError.notSupported(path.child("status"), status, allowed));
            }
            boolean excluded =
                    type.equals(APPROVED) && seen.contains(DENIED) || type.equals(DENIED) && seen.contains(APPROVED);
            if (excluded && !both) {
                errors.add(FieldError.invalid(
                        path.child("type"), type, "Approved and Denied conditions are mutually exclusive"));
            }
            if (!seen.add(type) && !twice) {
                errors.add(FieldError.duplicate(path.child("type"), type));
            }
        }
    }

    private static List<String> types(JsonNode conditions) {
        List<String> types = new ArrayList<>();
        conditions.forEach(each -> types.add(each.path("type").asString("")));
        return types;
    }

    private static void certificate(JsonNode request, JsonNode old, boolean maySet, List<FieldError> errors) {
        JsonNode certificate = request.path("status").path("certificate");
        JsonNode before = old.path("status").path("certificate");
        if (certificate.asString("").equals(before.asString(""))) {
            return;
        }
        if (IssuedCertificate.fault(bytes(before)).isEmpty()) {
            Optional<String> fault = IssuedCertificate.fault(bytes(certificate));
            fault.ifPresent(words -> errors.add(FieldError.invalid(CERTIFICATE, "<certificate data>", words)));
        }
        if (!maySet) {
            errors.add(FieldError.forbidden(CERTIFICATE, "updates may not set certificate content"));
        } else if (!before.asString("").isEmpty()) {
            errors.add(FieldError.forbidden(CERTIFICATE, "updates may not modify existing certificate content"));
        }
    }

    private static byte[] bytes(JsonNode base64) {
        return Base64.getDecoder().decode(base64.asString(""));
    }
}
