package io.kybern.apiserver.registry.certificates;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import java.util.List;

/** What signers may be called: a domain, a slash, and a path; see "Certificate Signing Requests" in the Kubernetes documentation. */
public final class SignerName {

    private static final int MAX_DOMAIN_LENGTH = 253;

    /** A domain, a slash, and the name of a namespaced object behind that of its namespace. */
    private static final int MAX_LENGTH = MAX_DOMAIN_LENGTH + 1 + 63 + 1 + 253;

    private SignerName() {}

    /** Adds what is wrong with a name. */
    public static void validate(String name, FieldPath path, List<FieldError> errors) {
        if (name.isEmpty()) {
            errors.add(FieldError.required(path, ""));
            return;
        }
        String[] segments = name.split("/", -1);
        if (segments.length != 2) {
            errors.add(FieldError.invalid(
                    path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'"));
            return;
        }
        domain(segments[0], path, errors);
        for (String label : segments[1].split("\\.", -1)) {
            if (faulty(label, segments[1], Names.dns1123Subdomain(label), path, errors)) {
                break;
            }
        }
        if (name.length() > MAX_LENGTH) {
            errors.add(FieldError.tooLong(path, MAX_LENGTH));
        }
    }

    private static void domain(String domain, FieldPath path, List<FieldError> errors) {
        if (domain.length() > MAX_DOMAIN_LENGTH) {
            errors.add(FieldError.tooLong(path, MAX_DOMAIN_LENGTH));
        }
        String[] labels = domain.split("\\.", -1);
        for (String label : labels) {
            if (faulty(label, domain, Names.dns1123Label(label), path, errors)) {
                break;
            }
        }
        if (labels.length < 2) {
            errors.add(FieldError.invalid(
                    path, domain, "should be a domain with at least two segments separated by dots"));
        }
    }

    private static boolean faulty(
            String label, String segment, List<String> faults, FieldPath path, List<FieldError> errors) {
        faults.forEach(fault ->
                errors.add(FieldError.invalid(path, segment, "validating label \"%s\": %s".formatted(label, fault))));
        return !faults.isEmpty();
    }
}
