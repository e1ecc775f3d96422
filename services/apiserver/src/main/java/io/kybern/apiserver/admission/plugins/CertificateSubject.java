package io.kybern.apiserver.admission.plugins;

import io.kybern.api.pki.CertificateRequest;
import io.kybern.api.pki.CertificateRequestException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.naming.NamingException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/** The subject that a request for a certificate names. */
final class CertificateSubject {

    private CertificateSubject() {}

    /** The organizations of the subject; none of what cannot be read. */
    static List<String> organizations(String pem) {
        List<String> organizations = new ArrayList<>();
        try {
            CertificateRequest request = CertificateRequest.read(pem.getBytes(StandardCharsets.UTF_8));
            for (Rdn rdn : new LdapName(request.subject().getName()).getRdns()) {
                var parts = rdn.toAttributes().get("O");
                for (int i = 0; parts != null && i < parts.size(); i++) {
                    organizations.add(String.valueOf(parts.get(i)));
                }
            }
        } catch (CertificateRequestException | NamingException e) {
            // validation refuses what is no request, with the same reader
            return organizations;
        }
        return organizations;
    }
}
