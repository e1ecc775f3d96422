package io.kybern.apiserver.authn;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.TestPki;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ClientCertificatesTest {

    @Test
    void namesTheCredentialByTheCertificatesDigest(@TempDir Path directory) throws Exception {
        TestPki.write(directory);
        List<X509Certificate> authorities = PemFiles.certificates(directory.resolve("ca.crt"));

        UserInfo user = new ClientCertificates(authorities)
                .authenticate(authorities.toArray(X509Certificate[]::new))
                .orElseThrow();

        String digest = HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256")
                        .digest(authorities.getFirst().getEncoded()));
        assertThat(user.name()).isEqualTo("localhost");
        assertThat(user.extra())
                .containsEntry("authentication.kubernetes.io/credential-id", List.of("X509SHA256=" + digest));
    }
}
