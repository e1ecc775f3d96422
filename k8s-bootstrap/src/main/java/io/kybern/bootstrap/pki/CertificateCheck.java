package io.kybern.bootstrap.pki;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.x500.X500Name;

/** Says whether a certificate that is there is still good for its purpose. */
final class CertificateCheck {

    /** A certificate is replaced a month before its end, so that a cluster started once a month never meets an expired one. */
    static final Duration RENEW_BEFORE_END = Duration.ofDays(30);

    private static final String SERVER_PURPOSE = "1.3.6.1.5.5.7.3.1";
    private static final String CLIENT_PURPOSE = "1.3.6.1.5.5.7.3.2";

    private final Clock clock;

    CertificateCheck(Clock clock) {
        this.clock = clock;
    }

    /** Why the pair must be replaced; empty when it is good. */
    Optional<String> fault(CertifiedKey pair, Identity wanted, X509Certificate issuer) {
        X509Certificate certificate = pair.certificate();
        try {
            if (endsSoon(certificate)) {
                return Optional.of("ends at " + certificate.getNotAfter().toInstant());
            }
            X500Name subject =
                    X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
            if (!subject.equals(wanted.subject())) {
                return Optional.of("names " + subject);
            }
            if (!namesOf(certificate).containsAll(wanted.names())) {
                return Optional.of("lacks names of " + wanted.names());
            }
            List<String> purposes = certificate.getExtendedKeyUsage();
            if (purposes == null || !purposes.contains(purpose(wanted))) {
                return Optional.of("is for another purpose");
            }
            if (!pair.matches()) {
                return Optional.of("does not belong to the key beside it");
            }
            certificate.verify(issuer.getPublicKey());
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            return Optional.of("is not signed by the current authority");
        }
    }

    boolean endsSoon(X509Certificate certificate) {
        Instant now = clock.instant();
        return certificate.getNotAfter().toInstant().isBefore(now.plus(RENEW_BEFORE_END));
    }

    private static String purpose(Identity identity) {
        return switch (identity.usage()) {
            case CLIENT -> CLIENT_PURPOSE;
            case SERVER -> SERVER_PURPOSE;
        };
    }

    private static Set<String> namesOf(X509Certificate certificate) throws GeneralSecurityException {
        Collection<List<?>> entries = certificate.getSubjectAlternativeNames();
        Set<String> names = new HashSet<>();
        if (entries != null) {
            entries.forEach(entry -> names.add(String.valueOf(entry.get(1))));
        }
        return names;
    }
}
