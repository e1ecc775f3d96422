package io.kybern.bootstrap.pki;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;

/**
 * A certificate with the private key that belongs to it.
 *
 * @param certificate what others see
 * @param key the EC key that proves it
 */
record CertifiedKey(X509Certificate certificate, PrivateKey key) {

    static final String ALGORITHM = "EC";

    private static final String SIGNATURE = "SHA256withECDSA";

    static CertifiedKey read(String certificate, String key) throws GeneralSecurityException {
        return new CertifiedKey(Pem.readCertificate(certificate), Pem.readPrivateKey(key));
    }

    /** Do the two halves belong together? */
    boolean matches() throws GeneralSecurityException {
        byte[] probe = certificate.getTBSCertificate();
        Signature signature = Signature.getInstance(SIGNATURE);
        signature.initSign(key);
        signature.update(probe);
        byte[] signed = signature.sign();
        PublicKey shown = certificate.getPublicKey();
        signature.initVerify(shown);
        signature.update(probe);
        return signature.verify(signed);
    }
}
