package io.kybern.bootstrap.pki;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes every certificate, key, kubeconfig and password of a cluster. What is there and good stays untouched; what is
 * absent, close to its end or signed by another authority is made anew. A damaged authority or key is an error, not a reason
 * to replace it: everything that it ever signed would be worthless.
 *
 * @see <a href="https://kubernetes.io/docs/setup/best-practices/certificates/">PKI certificates and requirements</a>
 */
public final class PkiTask {

    private static final Logger log = LoggerFactory.getLogger(PkiTask.class);

    private static final int PASSWORD_BYTES = 24;
    private static final int ENCRYPTION_KEY_BYTES = 32;
    private static final int SERVICE_ACCOUNT_KEY_BITS = 2048;

    private final PkiLayout layout;
    private final Clock clock;
    private final SecureRandom random;
    private final CertificateCheck check;

    /** The task over the given files; the clock decides what has expired. */
    public PkiTask(PkiLayout layout, Clock clock, SecureRandom random) {
        this.layout = layout;
        this.clock = clock;
        this.random = random;
        this.check = new CertificateCheck(clock);
    }

    /** Makes what is missing. */
    public void run() throws IOException, GeneralSecurityException {
        Path pki = layout.directories().pki();
        Path nodes = layout.directories().nodes();
        CertificateAuthority cluster = authority("kubernetes", pki, "ca");
        CertificateAuthority frontProxy = authority("kubernetes-front-proxy-ca", pki, "front-proxy-ca");
        ensurePair(pki, "apiserver", layout.apiserver(), cluster);
        ensurePair(
                pki,
                "apiserver-kubelet-client",
                Identity.client("kube-apiserver-kubelet-client", "system:masters"),
                cluster);
        ensurePair(pki, "front-proxy-client", Identity.client("front-proxy-client"), frontProxy);
        ensureServiceAccountKey(pki);
        ensureText(
                pki.resolve("encryption.key"),
                () -> "key1:" + Base64.getEncoder().encodeToString(randomBytes(ENCRYPTION_KEY_BYTES)) + "\n");

        ensureText(layout.secrets().resolve("kybern.redis.password"), this::newPassword);
        ensureText(layout.secrets().resolve("kybern.kafka.password"), this::newPassword);
        for (Map.Entry<String, Identity> component : layout.components().entrySet()) {
            Path file = layout.directories().controlPlane().resolve(component.getKey() + ".conf");
            ensureKubeconfig(file, layout.apiserverUrl(), component.getValue(), cluster);
        }

        String authority = Pem.certificate(cluster.self().certificate());
        if (!OwnerOnlyFiles.read(nodes.resolve("ca.crt")).equals(Optional.of(authority))) {
            OwnerOnlyFiles.write(nodes.resolve("ca.crt"), authority);
        }
        for (String node : layout.nodes()) {
            Identity user = Identity.client("system:node:" + node, "system:nodes");
            ensureKubeconfig(nodes.resolve(node + ".conf"), layout.apiserverUrl(), user, cluster);
            ensurePair(nodes, node, layout.node(node), cluster);
        }
        Identity administrator = Identity.client("kubernetes-admin", "system:masters");
        ensureKubeconfig(layout.adminKubeconfig(), layout.adminApiserverUrl(), administrator, cluster);
        log.atInfo().addKeyValue("nodes", layout.nodes()).log("certificates and kubeconfigs are in place");
    }

    private CertificateAuthority authority(String name, Path directory, String file)
            throws IOException, GeneralSecurityException {
        Optional<String> certificate = OwnerOnlyFiles.read(directory.resolve(file + ".crt"));
        Optional<String> key = OwnerOnlyFiles.read(directory.resolve(file + ".key"));
        if (certificate.isPresent() && key.isPresent()) {
            CertifiedKey self = CertifiedKey.read(certificate.get(), key.get());
            if (!self.matches()) {
                throw new GeneralSecurityException(
                        directory.resolve(file + ".crt") + " does not belong to the key beside it");
            }
            if (check.endsSoon(self.certificate())) {
                log.atWarn()
                        .addKeyValue("file", directory.resolve(file + ".crt"))
                        .addKeyValue("end", self.certificate().getNotAfter().toInstant())
                        .log("certificate authority ends soon");
            }
            return new CertificateAuthority(self, clock, random);
        }
        CertificateAuthority authority = CertificateAuthority.create(name, clock, random);
        writePair(directory, file, authority.self());
        return authority;
    }

    private void ensurePair(Path directory, String file, Identity identity, CertificateAuthority authority)
            throws IOException, GeneralSecurityException {
        Optional<String> certificate = OwnerOnlyFiles.read(directory.resolve(file + ".crt"));
        Optional<String> key = OwnerOnlyFiles.read(directory.resolve(file + ".key"));
        CertifiedKey present =
                certificate.isPresent() && key.isPresent() ? readable(certificate.get(), key.get()) : null;
        if (!good(present, identity, authority, directory.resolve(file + ".crt"))) {
            writePair(directory, file, authority.issue(identity));
        }
    }

    private void ensureKubeconfig(Path file, URI server, Identity user, CertificateAuthority authority)
            throws IOException, GeneralSecurityException {
        X509Certificate issuer = authority.self().certificate();
        Optional<String> text = OwnerOnlyFiles.read(file);
        CertifiedKey present = text.flatMap(Kubeconfig::readUser).orElse(null);
        CertifiedKey pair = present != null && good(present, user, authority, file) ? present : authority.issue(user);
        // the same certificate in the same words, unless the server or the authority changed
        String wanted = Kubeconfig.write(user.commonName(), server, issuer, pair);
        if (!text.equals(Optional.of(wanted))) {
            OwnerOnlyFiles.write(file, wanted);
        }
    }

    private boolean good(@Nullable CertifiedKey present, Identity identity, CertificateAuthority authority, Path file) {
        if (present == null) {
            return false;
        }
        Optional<String> fault = check.fault(present, identity, authority.self().certificate());
        fault.ifPresent(why ->
                log.atInfo().addKeyValue("file", file).addKeyValue("why", why).log("certificate is replaced"));
        return fault.isEmpty();
    }

    private static @Nullable CertifiedKey readable(String certificate, String key) {
        try {
            return CertifiedKey.read(certificate, key);
        } catch (GeneralSecurityException unreadable) {
            return null;
        }
    }

    private static void writePair(Path directory, String file, CertifiedKey pair)
            throws IOException, GeneralSecurityException {
        OwnerOnlyFiles.write(directory.resolve(file + ".key"), Pem.key(pair.key()));
        OwnerOnlyFiles.write(directory.resolve(file + ".crt"), Pem.certificate(pair.certificate()));
    }

    private void ensureServiceAccountKey(Path directory) throws IOException, GeneralSecurityException {
        Path privateFile = directory.resolve("sa.key");
        Path publicFile = directory.resolve("sa.pub");
        if (OwnerOnlyFiles.read(privateFile).isPresent()
                && OwnerOnlyFiles.read(publicFile).isPresent()) {
            return;
        }
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(SERVICE_ACCOUNT_KEY_BITS, random);
        KeyPair keys = generator.generateKeyPair();
        OwnerOnlyFiles.write(privateFile, Pem.key(keys.getPrivate()));
        OwnerOnlyFiles.write(publicFile, Pem.key(keys.getPublic()));
    }

    private static void ensureText(Path file, Supplier<String> text) throws IOException {
        if (OwnerOnlyFiles.read(file).isEmpty()) {
            OwnerOnlyFiles.write(file, text.get());
        }
    }

    private String newPassword() {
        return new String(
                Base64.getUrlEncoder().withoutPadding().encode(randomBytes(PASSWORD_BYTES)), StandardCharsets.US_ASCII);
    }

    private byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
