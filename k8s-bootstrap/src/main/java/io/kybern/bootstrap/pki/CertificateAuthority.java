package io.kybern.bootstrap.pki;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Signs certificates with P-256 keys. Safe for use by several threads. */
final class CertificateAuthority {

    /** A year, as the Kubernetes tools give; every start renews what is close to its end. */
    static final Duration LIFETIME = Duration.ofDays(365);

    private static final Duration AUTHORITY_LIFETIME = Duration.ofDays(3650);
    /** Clocks of machines differ a little, and a fresh certificate must be good on all of them. */
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(5);

    private final CertifiedKey self;
    private final Clock clock;
    private final SecureRandom random;

    CertificateAuthority(CertifiedKey self, Clock clock, SecureRandom random) {
        this.self = self;
        this.clock = clock;
        this.random = random;
    }

    static CertificateAuthority create(String name, Clock clock, SecureRandom random) throws GeneralSecurityException {
        KeyPair keys = newKeys(random);
        X500Name subject = Identity.client(name).subject();
        X509v3CertificateBuilder builder = builder(subject, subject, keys, clock, AUTHORITY_LIFETIME, random);
        try {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
            builder.addExtension(
                    Extension.keyUsage,
                    true,
                    new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign | KeyUsage.digitalSignature));
            builder.addExtension(
                    Extension.subjectKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createSubjectKeyIdentifier(keys.getPublic()));
            return new CertificateAuthority(sign(builder, keys, keys), clock, random);
        } catch (IOException | OperatorCreationException e) {
            throw new GeneralSecurityException("certificate authority " + name + " could not be made", e);
        }
    }

    CertifiedKey self() {
        return self;
    }

    CertifiedKey issue(Identity identity) throws GeneralSecurityException {
        KeyPair keys = newKeys(random);
        X500Name issuer = X500Name.getInstance(
                self.certificate().getSubjectX500Principal().getEncoded());
        X509v3CertificateBuilder builder = builder(issuer, identity.subject(), keys, clock, LIFETIME, random);
        try {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose(identity)));
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(self.certificate()));
            if (!identity.names().isEmpty()) {
                builder.addExtension(
                        Extension.subjectAlternativeName, false, new GeneralNames(identity.alternativeNames()));
            }
            return sign(builder, keys, new KeyPair(self.certificate().getPublicKey(), self.key()));
        } catch (IOException | OperatorCreationException e) {
            throw new GeneralSecurityException("no certificate for " + identity.commonName(), e);
        }
    }

    private static KeyPurposeId purpose(Identity identity) {
        return switch (identity.usage()) {
            case CLIENT -> KeyPurposeId.id_kp_clientAuth;
            case SERVER -> KeyPurposeId.id_kp_serverAuth;
        };
    }

    private static KeyPair newKeys(SecureRandom random) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(CertifiedKey.ALGORITHM);
        generator.initialize(new ECGenParameterSpec("secp256r1"), random);
        return generator.generateKeyPair();
    }

    private static X509v3CertificateBuilder builder(
            X500Name issuer, X500Name subject, KeyPair keys, Clock clock, Duration lifetime, SecureRandom random) {
        Instant now = clock.instant();
        return new JcaX509v3CertificateBuilder(
                issuer,
                new BigInteger(127, random).add(BigInteger.ONE),
                Date.from(now.minus(CLOCK_SKEW)),
                Date.from(now.plus(lifetime)),
                subject,
                keys.getPublic());
    }

    private static CertifiedKey sign(X509v3CertificateBuilder builder, KeyPair subject, KeyPair signer)
            throws GeneralSecurityException, OperatorCreationException {
        X509Certificate certificate = new JcaX509CertificateConverter()
                .getCertificate(
                        builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate())));
        return new CertifiedKey(certificate, subject.getPrivate());
    }
}
