package io.kybern.lifecycle.core.certificates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequestBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.Outcome;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.Base64;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequestBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CertificatesTest {

    private static final ObjectKey KEY = ObjectKey.clusterScoped("wish");
    private static final String CLIENT = "kubernetes.io/kube-apiserver-client";
    private static final String NODE_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet";
    private static final String NODE_SERVER = "kubernetes.io/kubelet-serving";
    private static final List<String> CLIENT_USAGES = List.of("digital signature", "client auth");

    @TempDir
    private static Path pki;

    private final FakeCluster cluster = new FakeCluster();
    private final FakeObjects<CertificateSigningRequest> requests =
            cluster.objects("certificates.k8s.io", "v1", "certificatesigningrequests", CertificateSigningRequest.class);
    private final Set<String> allowed = new HashSet<>();
    private final SigningReconciler signing = new SigningReconciler(
            requests.informer(), requests, new ClusterSigner(pki, cluster.clock(), new SecureRandom()));
    private final ApprovingReconciler approving = new ApprovingReconciler(requests.informer(), requests, this::decided);
    private final CleaningReconciler cleaning = new CleaningReconciler(requests.informer(), requests, cluster.clock());

    @BeforeAll
    static void anAuthority() throws GeneralSecurityException, OperatorCreationException, IOException {
        KeyPair keys = keys();
        X500Name name = new X500Name("CN=kubernetes");
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                name,
                BigInteger.ONE,
                new Date(0),
                Date.from(new FakeCluster().clock().instant().plus(Duration.ofDays(4000))),
                name,
                keys.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
        byte[] certificate = builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))
                .getEncoded();
        Files.writeString(pki.resolve("ca.crt"), pem("CERTIFICATE", certificate));
        Files.writeString(
                pki.resolve("ca.key"), pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
    }

    private static KeyPair keys() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    private static String pem(String label, byte[] content) {
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
                .formatted(label, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content), label);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String pkcs10(String subject, GeneralName... names) {
        try {
            KeyPair keys = keys();
            PKCS10CertificationRequestBuilder builder =
                    new JcaPKCS10CertificationRequestBuilder(new X500Name(subject), keys.getPublic());
            if (names.length > 0) {
                ExtensionsGenerator extensions = new ExtensionsGenerator();
                extensions.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
                builder.addAttribute(PKCSObjectIdentifiers.pkcs_9_at_extensionRequest, extensions.generate());
            }
            byte[] request = builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate()))
                    .getEncoded();
            return base64(pem("CERTIFICATE REQUEST", request));
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private SubjectAccessReview decided(SubjectAccessReview review) {
        boolean allows =
                allowed.contains(review.getSpec().getResourceAttributes().getSubresource());
        return new SubjectAccessReviewBuilder(review)
                .withNewStatus()
                .withAllowed(allows)
                .endStatus()
                .build();
    }

    private void asked(String signer, String user, List<String> usages, String request) {
        requests.put(new CertificateSigningRequestBuilder()
                .withNewMetadata()
                .withName("wish")
                .endMetadata()
                .withNewSpec()
                .withSignerName(signer)
                .withUsername(user)
                .withUsages(usages)
                .withRequest(request)
                .withExpirationSeconds(3600)
                .endSpec()
                .withNewStatus()
                .endStatus()
                .build());
    }

    private void decide(String type) {
        CertificateSigningRequest decided = SigningRequests.with(requests.require("", "wish"), type, "Tested", "");
        decided.getStatus()
                .getConditions()
                .getLast()
                .setLastUpdateTime(cluster.clock().instant().toString());
        requests.put(decided);
    }

    private X509Certificate issued() throws GeneralSecurityException {
        String pem =
                SigningRequests.decoded(requests.require("", "wish").getStatus().getCertificate());
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)));
    }

    private List<String> reasons() {
        return SigningRequests.conditions(requests.require("", "wish")).stream()
                .map(each -> each.getType() + " " + each.getReason() + ": " + each.getMessage())
                .toList();
    }

    @Test
    void whatIsApprovedIsSignedForAsLongAsItWasAskedFor() throws GeneralSecurityException, IOException {
        asked(CLIENT, "ann", CLIENT_USAGES, pkcs10("CN=ann,O=team"));
        signing.reconcile(KEY);
        assertThat(SigningRequests.isIssued(requests.require("", "wish"))).isFalse();

        decide(SigningRequests.APPROVED);
        signing.reconcile(KEY);

        X509Certificate certificate = issued();
        assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("O=team,CN=ann");
        assertThat(certificate.getNotAfter().toInstant())
                .isEqualTo(cluster.clock().instant().plusSeconds(3600));
        assertThat(certificate.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
        assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
        try (var in = Files.newInputStream(pki.resolve("ca.crt"))) {
            certificate.verify(CertificateFactory.getInstance("X.509")
                    .generateCertificate(in)
                    .getPublicKey());
        }
    }

    @Test
    void whatIsDeniedOrForAnotherSignerIsLeft() {
        asked(CLIENT, "ann", CLIENT_USAGES, pkcs10("CN=ann"));
        decide(SigningRequests.DENIED);
        signing.reconcile(KEY);
        assertThat(SigningRequests.isIssued(requests.require("", "wish"))).isFalse();

        asked("example.com/own", "ann", CLIENT_USAGES, pkcs10("CN=ann"));
        decide(SigningRequests.APPROVED);
        signing.reconcile(KEY);
        assertThat(SigningRequests.isIssued(requests.require("", "wish"))).isFalse();
    }

    @Test
    void aSignerSaysWhyItDoesNotSign() {
        asked(CLIENT, "ann", List.of("server auth"), pkcs10("CN=ann"));
        decide(SigningRequests.APPROVED);

        signing.reconcile(KEY);

        assertThat(reasons())
                .contains(
                        "Failed SignerValidationFailure: usages did not match [client auth, digital signature, key encipherment]");
        assertThat(SigningRequests.isIssued(requests.require("", "wish"))).isFalse();
    }

    @Test
    void aNodesServerCertificateHasItsNames() throws GeneralSecurityException {
        asked(
                NODE_SERVER,
                "system:node:one",
                List.of("digital signature", "server auth"),
                pkcs10(
                        "O=system:nodes,CN=system:node:one",
                        new GeneralName(GeneralName.dNSName, "one"),
                        new GeneralName(GeneralName.iPAddress, "10.0.0.1")));
        decide(SigningRequests.APPROVED);

        signing.reconcile(KEY);

        assertThat(issued().getSubjectAlternativeNames()).hasSize(2);
    }

    @Test
    void aNodeGetsItsClientCertificateIfRulesLetItAsk() {
        asked(NODE_CLIENT, "system:node:one", CLIENT_USAGES, pkcs10("O=system:nodes,CN=system:node:one"));
        assertThatThrownBy(() -> approving.reconcile(KEY))
                .hasMessage("recognized csr wish but subject access review was not approved");

        allowed.add("selfnodeclient");
        approving.reconcile(KEY);

        assertThat(reasons())
                .containsExactly(
                        "Approved AutoApproved: Auto approving self kubelet client certificate after SubjectAccessReview.");
    }

    @Test
    void aBootstrapperGetsOneForANewNode() {
        allowed.add("nodeclient");
        asked(NODE_CLIENT, "system:bootstrap:abcdef", CLIENT_USAGES, pkcs10("O=system:nodes,CN=system:node:new"));

        approving.reconcile(KEY);

        assertThat(reasons())
                .containsExactly(
                        "Approved AutoApproved: Auto approving kubelet client certificate after SubjectAccessReview.");
    }

    @Test
    void whatIsNoNodesRequestWaitsForSomebody() {
        allowed.addAll(List.of("selfnodeclient", "nodeclient"));
        asked(NODE_CLIENT, "ann", CLIENT_USAGES, pkcs10("O=system:masters,CN=system:node:one"));

        assertThat(approving.reconcile(KEY)).isEqualTo(Outcome.done());

        assertThat(reasons()).isEmpty();
    }

    @Test
    void requestsAreForgotten() {
        asked(CLIENT, "ann", CLIENT_USAGES, pkcs10("CN=ann"));
        assertThat(cleaning.reconcile(KEY))
                .isEqualTo(Outcome.again(Duration.ofHours(24), "the request is not old enough to be forgotten"));
        decide(SigningRequests.DENIED);
        assertThat(cleaning.reconcile(KEY))
                .isEqualTo(Outcome.again(Duration.ofHours(1), "the request is not old enough to be forgotten"));

        cluster.clock().advance(Duration.ofHours(1));
        cleaning.reconcile(KEY);

        assertThat(requests.get(KEY)).isEmpty();
    }
}
