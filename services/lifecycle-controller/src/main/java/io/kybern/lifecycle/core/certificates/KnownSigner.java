package io.kybern.lifecycle.core.certificates;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.bouncycastle.asn1.x509.GeneralName;

/** The signers that every cluster has, with what each of them signs; see "Kubernetes signers" in the Kubernetes documentation. */
enum KnownSigner {
    /** Clients of the API server. */
    CLIENT("kubernetes.io/kube-apiserver-client") {
        @Override
        Optional<String> fault(RequestedCertificate wanted, Set<String> usages) {
            return usages(usages, Set.of("digital signature", "key encipherment", "client auth"), "client auth");
        }
    },

    /** Nodes as clients of the API server. */
    NODE_CLIENT("kubernetes.io/kube-apiserver-client-kubelet") {
        @Override
        Optional<String> fault(RequestedCertificate wanted, Set<String> usages) {
            if (wanted.hasName(GeneralName.dNSName)) {
                return Optional.of("DNS subjectAltNames are not allowed");
            }
            if (wanted.hasName(GeneralName.rfc822Name)) {
                return Optional.of("Email subjectAltNames are not allowed");
            }
            if (wanted.hasName(GeneralName.iPAddress)) {
                return Optional.of("IP subjectAltNames are not allowed");
            }
            if (wanted.hasName(GeneralName.uniformResourceIdentifier)) {
                return Optional.of("URI subjectAltNames are not allowed");
            }
            return node(wanted)
                    .or(() -> usages(
                            usages, Set.of("digital signature", "key encipherment", "client auth"), "client auth"));
        }
    },

    /** Nodes as servers. */
    NODE_SERVER("kubernetes.io/kubelet-serving") {
        @Override
        Optional<String> fault(RequestedCertificate wanted, Set<String> usages) {
            if (!wanted.hasName(GeneralName.dNSName, GeneralName.iPAddress)) {
                return Optional.of("DNS or IP subjectAltName is required");
            }
            if (wanted.hasName(GeneralName.rfc822Name)) {
                return Optional.of("Email subjectAltNames are not allowed");
            }
            if (wanted.hasName(GeneralName.uniformResourceIdentifier)) {
                return Optional.of("URI subjectAltNames are not allowed");
            }
            return node(wanted)
                    .or(() -> usages(
                            usages, Set.of("digital signature", "key encipherment", "server auth"), "server auth"));
        }
    },

    /** Whatever the approver thinks right; no client of the first version of the API can ask for it. */
    UNKNOWN("kubernetes.io/legacy-unknown") {
        @Override
        Optional<String> fault(RequestedCertificate wanted, Set<String> usages) {
            return Optional.empty();
        }
    };

    private static final String NODES = "system:nodes";
    private static final String NODE_PREFIX = "system:node:";

    private final String signerName;

    KnownSigner(String signerName) {
        this.signerName = signerName;
    }

    String signerName() {
        return signerName;
    }

    /** The signer of that name, if it is one of these. */
    static Optional<KnownSigner> of(String name) {
        return Arrays.stream(values())
                .filter(each -> each.signerName.equals(name))
                .findFirst();
    }

    /** Why the signer does not sign that, or nothing if it does. */
    abstract Optional<String> fault(RequestedCertificate wanted, Set<String> usages);

    private static Optional<String> node(RequestedCertificate wanted) {
        if (!wanted.organizations().equals(List.of(NODES))) {
            return Optional.of("subject organization is not system:nodes");
        }
        return wanted.commonName().startsWith(NODE_PREFIX)
                ? Optional.empty()
                : Optional.of("subject common name does not begin with system:node:");
    }

    private static Optional<String> usages(Set<String> asked, Set<String> allowed, String needed) {
        return asked.contains(needed) && allowed.containsAll(asked)
                ? Optional.empty()
                : Optional.of("usages did not match " + new TreeSet<>(allowed));
    }
}
