package io.kybern.apiserver.authn;

import io.kybern.service.access.CertifiedClients;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Users by client certificate. */
public final class ClientCertificates {

    private final CertifiedClients clients;

    /** Accepts certificates that one of those authorities signed. */
    public ClientCertificates(List<X509Certificate> authorities) {
        this.clients = new CertifiedClients(authorities);
    }

    /**
     * The user that the chain proves, or empty if it proves nothing.
     *
     * @param chain the client's certificate first
     */
    public Optional<UserInfo> authenticate(X509Certificate[] chain) {
        return clients.authenticate(chain)
                .map(client -> new UserInfo(
                        client.name(),
                        "",
                        client.groups(),
                        Map.of(UserInfo.CREDENTIAL_ID, List.of(client.credential()))));
    }
}
