package io.kybern.bootstrap.pki;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.GeneralName;

/**
 * Whom a certificate names and what for. The API server reads a client's user name from the common name and its groups from
 * the organizations (<a href="https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates">X.509
 * client certificates</a>).
 *
 * @param commonName the user, or the server
 * @param organizations the user's groups
 * @param names DNS names and IP addresses of a server; empty for a client
 * @param usage on which side of a connection the certificate is shown
 */
record Identity(String commonName, List<String> organizations, Set<String> names, Usage usage) {

    /** The side of a connection. */
    enum Usage {
        CLIENT,
        SERVER
    }

    Identity {
        organizations = List.copyOf(organizations);
        names = Set.copyOf(names);
    }

    static Identity client(String user, String... groups) {
        return new Identity(user, List.of(groups), Set.of(), Usage.CLIENT);
    }

    static Identity server(String commonName, Set<String> names, String... organizations) {
        return new Identity(commonName, List.of(organizations), names, Usage.SERVER);
    }

    X500Name subject() {
        X500NameBuilder builder = new X500NameBuilder(BCStyle.INSTANCE);
        organizations.forEach(organization -> builder.addRDN(BCStyle.O, organization));
        return builder.addRDN(BCStyle.CN, commonName).build();
    }

    /** The names as a certificate lists them, in a stable order. */
    GeneralName[] alternativeNames() {
        List<GeneralName> general = new ArrayList<>();
        for (String name : new TreeSet<>(names)) {
            general.add(new GeneralName(isAddress(name) ? GeneralName.iPAddress : GeneralName.dNSName, name));
        }
        return general.toArray(GeneralName[]::new);
    }

    private static boolean isAddress(String name) {
        try {
            InetAddress.ofLiteral(name);
            return true;
        } catch (IllegalArgumentException notALiteral) {
            return false;
        }
    }
}
