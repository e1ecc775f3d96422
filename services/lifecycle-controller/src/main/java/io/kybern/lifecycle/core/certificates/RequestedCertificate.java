package io.kybern.lifecycle.core.certificates;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;

/**
 * What a request in the form of PKCS #10 (RFC 2986) asks for.
 *
 * @param request the request itself
 * @param commonName the subject's name; may be empty
 * @param organizations the subject's organizations
 * @param names the further names that it asks for, as the extension has them
 */
record RequestedCertificate(
        PKCS10CertificationRequest request, String commonName, List<String> organizations, List<GeneralName> names) {

    RequestedCertificate {
        organizations = List.copyOf(organizations);
        names = List.copyOf(names);
    }

    /** Reads one; empty if it is none, or not signed by the key that it shows. */
    static Optional<RequestedCertificate> parse(String pem) {
        try (PEMParser parser = new PEMParser(new StringReader(pem))) {
            if (!(parser.readObject() instanceof PKCS10CertificationRequest request)
                    || !request.isSignatureValid(
                            new JcaContentVerifierProviderBuilder().build(request.getSubjectPublicKeyInfo()))) {
                return Optional.empty();
            }
            List<String> common = values(request.getSubject(), BCStyle.CN);
            return Optional.of(new RequestedCertificate(
                    request,
                    common.isEmpty() ? "" : common.getLast(),
                    values(request.getSubject(), BCStyle.O),
                    names(request)));
        } catch (IOException | OperatorCreationException | PKCSException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static List<String> values(X500Name subject, org.bouncycastle.asn1.ASN1ObjectIdentifier type) {
        List<String> values = new ArrayList<>();
        for (RDN each : subject.getRDNs()) {
            for (AttributeTypeAndValue part : each.getTypesAndValues()) {
                if (part.getType().equals(type)) {
                    ASN1Encodable value = part.getValue();
                    values.add(IETFUtils.valueToString(value));
                }
            }
        }
        return values;
    }

    private static List<GeneralName> names(PKCS10CertificationRequest request) {
        Extensions extensions = request.getRequestedExtensions();
        GeneralNames names =
                extensions == null ? null : GeneralNames.fromExtensions(extensions, Extension.subjectAlternativeName);
        return names == null ? List.of() : List.of(names.getNames());
    }

    /** Whether it asks for a name of one of the kinds. */
    boolean hasName(int... kinds) {
        return names.stream()
                .anyMatch(name -> java.util.Arrays.stream(kinds).anyMatch(kind -> name.getTagNo() == kind));
    }
}
