package io.kybern.controller.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class ClientTlsTest {

    private static byte[] pem(String label, byte[] der) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        return ("-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static PrivateKey ec() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair().getPrivate();
    }

    @Test
    void readsPkcs8KeysOfBothKinds() throws GeneralSecurityException {
        PrivateKey ec = ec();
        PrivateKey rsa = KeyPairGenerator.getInstance("RSA").generateKeyPair().getPrivate();
        assertThat(ClientTls.privateKey(pem("PRIVATE KEY", ec.getEncoded()))).isEqualTo(ec);
        assertThat(ClientTls.privateKey(pem("PRIVATE KEY", rsa.getEncoded()))).isEqualTo(rsa);
    }

    @Test
    void readsSec1Keys() throws GeneralSecurityException {
        PrivateKey ec = ec();
        byte[] pkcs8 = ec.getEncoded();
        // outer sequence, version, algorithm and the octet string's header: 28 bytes, then SEC 1
        byte[] sec1 = Arrays.copyOfRange(pkcs8, 28, pkcs8.length);
        assertThat(ClientTls.privateKey(pem("EC PRIVATE KEY", sec1))).isEqualTo(ec);
    }

    @Test
    void saysWhatIsWrongWithAKey() {
        assertThatThrownBy(() -> ClientTls.privateKey("nonsense".getBytes(StandardCharsets.US_ASCII)))
                .hasMessageContaining("PRIVATE KEY");
        assertThatThrownBy(() -> ClientTls.privateKey(pem("PRIVATE KEY", new byte[] {1, 2, 3})))
                .hasMessageContaining("neither EC nor RSA");
    }
}
