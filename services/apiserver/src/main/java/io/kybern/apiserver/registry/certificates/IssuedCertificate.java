package io.kybern.apiserver.registry.certificates;

import io.kybern.api.pki.PemBlock;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.Optional;

/** Checks what a signer answers: PEM with nothing but certificates, at least one. */
final class IssuedCertificate {

    private static final String PEM_TYPE = "CERTIFICATE";

    private IssuedCertificate() {}

    /** What is wrong with it; nothing about one that is not there yet. */
    static Optional<String> fault(byte[] pem) {
        if (pem.length == 0) {
            return Optional.empty();
        }
        List<PemBlock> blocks = PemBlock.read(pem);
        for (PemBlock block : blocks) {
            if (!block.type().equals(PEM_TYPE)) {
                return Optional.of("only CERTIFICATE PEM blocks are allowed, found \"%s\"".formatted(block.type()));
            }
            if (block.hasHeaders()) {
                return Optional.of("no PEM block headers are permitted");
            }
            if (block.content().length == 0) {
                return Optional.of("found CERTIFICATE PEM block containing 0 certificates");
            }
            try {
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(block.content()));
            } catch (CertificateException e) {
                return Optional.of("x509: malformed certificate");
            }
        }
        return blocks.isEmpty() ? Optional.of("must contain at least one CERTIFICATE PEM block") : Optional.empty();
    }
}
