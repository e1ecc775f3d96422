package io.kybern.api.pki;

/** What is wrong with a certificate request; the message is for whoever sent it. */
public final class CertificateRequestException extends Exception {

    private static final long serialVersionUID = 1;

    private CertificateRequestException(String message) {
        super(message);
    }

    static CertificateRequestException notPem() {
        return new CertificateRequestException("PEM block type must be CERTIFICATE REQUEST");
    }

    static CertificateRequestException malformed() {
        return new CertificateRequestException("x509: malformed certificate request");
    }

    static CertificateRequestException trailingData() {
        return new CertificateRequestException("asn1: syntax error: trailing data");
    }

    static CertificateRequestException unknownAlgorithm() {
        return new CertificateRequestException("x509: cannot verify signature: algorithm unimplemented");
    }

    static CertificateRequestException insecure(String algorithm) {
        return new CertificateRequestException(
                "x509: cannot verify signature: insecure algorithm %s".formatted(algorithm));
    }

    static CertificateRequestException badSignature(String keyAlgorithm) {
        return new CertificateRequestException(
                switch (keyAlgorithm) {
                    case "RSA" -> "crypto/rsa: verification error";
                    case "EC" -> "x509: ECDSA verification failure";
                    default -> "x509: Ed25519 verification failure";
                });
    }
}
