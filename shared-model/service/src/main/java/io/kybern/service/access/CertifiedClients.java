package io.kybern.service.access;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.Attributes;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clients by certificate: the common name is the user, each organization a group; see "X509 client certificates" in the
 * Kubernetes documentation.
 */
public final class CertifiedClients {

    /**
     * Whom a certificate names.
     *
     * @param name the user name
     * @param groups the groups, in the certificate's order
     * @param credential what tells this certificate apart from others: its digest
     */
    public record Client(String name, List<String> groups, String credential) {

        /** Copies the groups. */
        public Client {
            groups = List.copyOf(groups);
        }
    }

    private static final Logger log = LoggerFactory.getLogger(CertifiedClients.class);

    private final X509TrustManager trust;

    /** Accepts certificates that one of those authorities signed. */
    public CertifiedClients(List<X509Certificate> authorities) {
        this.trust = trustManager(authorities);
    }

    /** The trust manager that accepts what those authorities signed. */
    public static X509TrustManager trustManager(List<X509Certificate> authorities) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (int i = 0; i < authorities.size(); i++) {
                store.setCertificateEntry("ca-" + i, authorities.get(i));
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            for (TrustManager each : factory.getTrustManagers()) {
                if (each instanceof X509TrustManager x509) {
                    return x509;
                }
            }
            throw new IllegalStateException("this JDK has no X.509 trust manager");
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("cannot trust the given authorities", e);
        }
    }

    /**
     * The client that the chain proves, or empty if it proves nothing.
     *
     * @param chain the client's certificate first
     */
    public Optional<Client> authenticate(X509Certificate[] chain) {
        if (chain.length == 0) {
            return Optional.empty();
        }
        try {
            trust.checkClientTrusted(
                    chain, chain[0].getPublicKey().getAlgorithm().equals("RSA") ? "RSA" : "UNKNOWN");
            return client(chain[0]);
        } catch (CertificateException | InvalidNameException e) {
            log.atDebug()
                    .addKeyValue("subject", chain[0].getSubjectX500Principal())
                    .setCause(e)
                    .log("A client certificate is not valid");
            return Optional.empty();
        }
    }

    private static Optional<Client> client(X509Certificate certificate)
            throws InvalidNameException, CertificateException {
        String name = "";
        List<String> groups = new ArrayList<>();
        // LdapName lists from the right: the order of the certificate is the list's order
        for (Rdn rdn : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
            Attributes parts = rdn.toAttributes();
            for (var each = parts.getAll(); hasMore(each); ) {
                Attribute attribute = next(each);
                if (attribute.getID().equalsIgnoreCase("CN")) {
                    name = value(attribute);
                } else if (attribute.getID().equalsIgnoreCase("O")) {
                    groups.add(value(attribute));
                }
            }
        }
        return name.isEmpty()
                ? Optional.empty()
                : Optional.of(new Client(name, groups, "X509SHA256=" + digest(certificate)));
    }

    private static String digest(X509Certificate certificate) throws CertificateException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static boolean hasMore(NamingEnumeration<?> each) {
        try {
            return each.hasMore();
        } catch (NamingException e) {
            return false;
        }
    }

    private static Attribute next(NamingEnumeration<? extends Attribute> each) {
        return each.nextElement();
    }

    private static String value(Attribute attribute) {
        try {
            return String.valueOf(attribute.get());
        } catch (NamingException e) {
            return "";
        }
    }
}
