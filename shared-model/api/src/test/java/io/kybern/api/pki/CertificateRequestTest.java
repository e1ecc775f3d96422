package io.kybern.api.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class CertificateRequestTest {

    private static byte[] sample(String name) throws IOException {
        try (InputStream in = CertificateRequestTest.class.getResourceAsStream(name)) {
            return Objects.requireNonNull(in, name).readAllBytes();
        }
    }

    private static byte[] pem(String type, byte[] content) {
        String body = Base64.getMimeEncoder().encodeToString(content);
        return "-----BEGIN %s-----%n%s%n-----END %s-----%n"
                .formatted(type, body, type)
                .getBytes(StandardCharsets.US_ASCII);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsa.pem", "pss.pem", "ec.pem", "ed25519.pem"})
    void readsWhatIsSignedWithTheKeyItIsFor(String name) throws Exception {
        assertThat(CertificateRequest.read(sample(name)).subject().getName()).isEqualTo("CN=jane,O=dev");
    }

    @Test
    void refusesAnInsecureSignature() {
        assertThatThrownBy(() -> CertificateRequest.read(sample("sha1.pem")))
                .hasMessage("x509: cannot verify signature: insecure algorithm SHA1-RSA");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsa.pem", "pss.pem", "ec.pem", "ed25519.pem"})
    void refusesWhatWasChangedAfterItWasSigned(String name) throws Exception {
        byte[] content = PemBlock.read(sample(name)).getFirst().content().clone();
        int at = new String(content, StandardCharsets.ISO_8859_1).indexOf("jane");
        content[at] = 'k';
        assertThatThrownBy(() -> CertificateRequest.read(pem("CERTIFICATE REQUEST", content)))
                .isInstanceOf(CertificateRequestException.class)
                .message()
                .matches("crypto/rsa: verification error|x509: (ECDSA|Ed25519) verification failure");
    }

    @Test
    void refusesWhatIsNoRequestAtAll() throws Exception {
        byte[] content = PemBlock.read(sample("rsa.pem")).getFirst().content();
        for (byte[] other : new byte[][] {{}, {0, 0, 0}, pem("CERTIFICATE", content)}) {
            assertThatThrownBy(() -> CertificateRequest.read(other))
                    .hasMessage("PEM block type must be CERTIFICATE REQUEST");
        }
    }

    @Test
    void everyShortenedOrFlippedRequestIsRefusedInWords() throws Exception {
        byte[] content = PemBlock.read(sample("ec.pem")).getFirst().content();
        for (int i = 0; i < content.length; i++) {
            byte[] shorter = java.util.Arrays.copyOf(content, i);
            assertThatThrownBy(() -> CertificateRequest.read(pem("CERTIFICATE REQUEST", shorter)))
                    .isInstanceOf(CertificateRequestException.class);
            byte[] flipped = content.clone();
            flipped[i] ^= (byte) 0x40;
            assertThatThrownBy(() -> CertificateRequest.read(pem("CERTIFICATE REQUEST", flipped)))
                    .isInstanceOf(CertificateRequestException.class);
        }
    }

    @Test
    void readsSeveralBlocksAndSkipsWhatIsBroken() {
        String text = "intro\n-----BEGIN A-----\nAAAA\n-----END A-----\n-----BEGIN B-----\n!!\n-----END B-----\n"
                + "-----BEGIN C-----\nX: y\n\nAAEC\n-----END C-----\n-----BEGIN D-----\nAAAA\n";
        assertThat(PemBlock.read(text.getBytes(StandardCharsets.US_ASCII)))
                .extracting(PemBlock::type, PemBlock::hasHeaders)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("A", false),
                        org.assertj.core.groups.Tuple.tuple("C", true));
    }
}
