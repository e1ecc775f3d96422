package io.kybern.lifecycle.core.certificates;

import java.io.IOException;
import java.io.StringReader;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Signs with the key of the cluster's authority, which is read from its files each time: it may have been renewed. */
public final class ClusterSigner {

    /** What is signed lasts no longer, whatever is asked for. */
    private static final Duration LONGEST = Duration.ofDays(365);
    /** Clocks of machines differ a little, and a fresh certificate must be good on all of them. */
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(5);

    private static final int SERIAL_BITS = 127;

    private static final Map<String, Integer> KEY_USAGES = Map.of(
            "signing", KeyUsage.digitalSignature,
            "digital signature", KeyUsage.digitalSignature,
            "content commitment", KeyUsage.nonRepudiation,
            "key encipherment", KeyUsage.keyEncipherment,
            "key agreement", KeyUsage.keyAgreement,
            "data encipherment", KeyUsage.dataEncipherment);

    private static final Map<String, KeyPurposeId> PURPOSES = Map.of(
            "server auth", KeyPurposeId.id_kp_serverAuth,
            "client auth", KeyPurposeId.id_kp_clientAuth,
            "code signing", KeyPurposeId.id_kp_codeSigning,
            "email protection", KeyPurposeId.id_kp_emailProtection,
            "timestamping", KeyPurposeId.id_kp_timeStamping,
            "ocsp signing", KeyPurposeId.id_kp_OCSPSigning);

    private final Path directory;
    private final Clock clock;
    private final SecureRandom random;

    /** @param directory where {@code ca.crt} and {@code ca.key} are */
    public ClusterSigner(Path directory, Clock clock, SecureRandom random) {
        this.directory = directory;
        this.clock = clock;
        this.random = random;
    }

    /**
     * Signs what was asked for.
     *
     * @param seconds how long it shall last; 0 for as long as can be
     * @return the certificate, PEM
     */
    String sign(RequestedCertificate wanted, Set<String> usages, long seconds) {
        try {
            X509Certificate authority = authority();
            X509v3CertificateBuilder builder = new X509v3CertificateBuilder(
                    X500Name.getInstance(authority.getSubjectX500Principal().getEncoded()),
                    new BigInteger(SERIAL_BITS, random).add(BigInteger.ONE),
                    Date.from(clock.instant().minus(CLOCK_SKEW)),
                    Date.from(end(authority, seconds)),
                    wanted.request().getSubject(),
                    wanted.request().getSubjectPublicKeyInfo());
            extend(builder, wanted, usages, authority);
            PrivateKey key = key();
            String algorithm = key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
            byte[] signed = builder.build(new JcaContentSignerBuilder(algorithm).build(key))
                    .getEncoded();
            return "-----BEGIN CERTIFICATE-----\n"
                    + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(signed)
                    + "\n-----END CERTIFICATE-----\n";
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException("the cluster's authority in " + directory + " cannot sign", e);
        }
    }

    private Instant end(X509Certificate authority, long seconds) {
        Duration lasts = seconds <= 0 || Duration.ofSeconds(seconds).compareTo(LONGEST) > 0
                ? LONGEST
                : Duration.ofSeconds(seconds);
        Instant end = clock.instant().plus(lasts);
        Instant last = authority.getNotAfter().toInstant();
        return end.isBefore(last) ? end : last;
    }

    private static void extend(
            X509v3CertificateBuilder builder,
            RequestedCertificate wanted,
            Set<String> usages,
            X509Certificate authority)
            throws IOException, GeneralSecurityException {
        int bits = usages.stream()
                .mapToInt(each -> KEY_USAGES.getOrDefault(each, 0))
                .reduce(0, (a, b) -> a | b);
        List<KeyPurposeId> purposes = usages.stream()
                .sorted()
                .map(PURPOSES::get)
                .filter(Objects::nonNull)
                .toList();
        if (bits != 0) {
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(bits));
        }
        if (!purposes.isEmpty()) {
            builder.addExtension(
                    Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes.toArray(KeyPurposeId[]::new)));
        }
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
        builder.addExtension(
                Extension.authorityKeyIdentifier,
                false,
                new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(authority));
        if (!wanted.names().isEmpty()) {
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    false,
                    new GeneralNames(wanted.names().toArray(GeneralName[]::new)));
        }
    }

    private X509Certificate authority() throws IOException, GeneralSecurityException {
        try (var in = Files.newInputStream(directory.resolve("ca.crt"))) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    private PrivateKey key() throws IOException {
        try (PEMParser parser = new PEMParser(new StringReader(Files.readString(directory.resolve("ca.key"))))) {
            if (parser.readObject() instanceof PrivateKeyInfo info) {
                return new JcaPEMKeyConverter().getPrivateKey(info);
            }
            throw new IOException(directory.resolve("ca.key") + " holds no PKCS #8 key");
        }
    }
}
