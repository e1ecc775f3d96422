package io.kybern.bootstrap.pki;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/** Keys and certificates in the PEM text form. */
final class Pem {

    private static final String SEC1_LABEL = "EC PRIVATE KEY";
    private static final int P_256_BITS = 256;
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private Pem() {}

    static String certificate(X509Certificate certificate) throws GeneralSecurityException {
        return encode("CERTIFICATE", certificate.getEncoded());
    }

    /** The PKCS#8 form of a private key or the SPKI form of a public one. */
    static String key(java.security.Key key) {
        return encode(key instanceof PrivateKey ? "PRIVATE KEY" : "PUBLIC KEY", key.getEncoded());
    }

    static X509Certificate readCertificate(String text) throws GeneralSecurityException {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII)));
    }

    /**
     * The SEC 1 form of an EC key, which every Kubernetes client reads; some, such as fabric8's, take PKCS#8 for RSA only.
     *
     * @param pair a key on the curve P-256
     */
    static String sec1Key(CertifiedKey pair) throws GeneralSecurityException {
        try {
            byte[] point = SubjectPublicKeyInfo.getInstance(
                            pair.certificate().getPublicKey().getEncoded())
                    .getPublicKeyData()
                    .getBytes();
            org.bouncycastle.asn1.sec.ECPrivateKey key = new org.bouncycastle.asn1.sec.ECPrivateKey(
                    P_256_BITS,
                    ((ECPrivateKey) pair.key()).getS(),
                    new DERBitString(point),
                    SECObjectIdentifiers.secp256r1);
            return encode(SEC1_LABEL, key.getEncoded());
        } catch (IOException e) {
            throw new GeneralSecurityException("the key cannot be encoded", e);
        }
    }

    /** Reads an EC key in either form. */
    static PrivateKey readPrivateKey(String text) throws GeneralSecurityException {
        try {
            byte[] der = Base64.getMimeDecoder().decode(text.replaceAll("-----(BEGIN|END) (EC )?PRIVATE KEY-----", ""));
            if (text.contains("BEGIN " + SEC1_LABEL)) {
                der = new PrivateKeyInfo(
                                new AlgorithmIdentifier(
                                        X9ObjectIdentifiers.id_ecPublicKey, SECObjectIdentifiers.secp256r1),
                                org.bouncycastle.asn1.sec.ECPrivateKey.getInstance(der))
                        .getEncoded();
            }
            return KeyFactory.getInstance(CertifiedKey.ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(der));
        } catch (IOException | IllegalArgumentException unreadable) {
            throw new GeneralSecurityException("not a PEM private key", unreadable);
        }
    }

    private static String encode(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n" + LINES.encodeToString(der) + "\n-----END " + label + "-----\n";
    }
}
