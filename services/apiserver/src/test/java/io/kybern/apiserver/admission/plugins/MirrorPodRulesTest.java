package io.kybern.apiserver.admission.plugins;

import static io.kybern.apiserver.endpoints.WritesUnderTest.made;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.endpoints.WritesUnderTest;
import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class MirrorPodRulesTest {

    private static final UserInfo NODE = UserInfo.of("system:node:n", List.of("system:nodes"));

    private WritesUnderTest writes;
    private String owner;

    @BeforeEach
    void start() {
        writes = new WritesUnderTest();
        made(writes.create("/api/v1/namespaces", "{\"metadata\":{\"name\":\"a\"}}"));
        String uid = made(writes.create("/api/v1/nodes", "{\"metadata\":{\"name\":\"n\"}}"))
                .body()
                .path("metadata")
                .path("uid")
                .asString();
        owner = "{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"name\":\"n\",\"uid\":\"" + uid + "\",\"controller\":true}";
    }

    @AfterEach
    void stop() {
        writes.close();
    }

    private Reply create(String owners, String container, String spec) {
        return writes.create(NODE, "/api/v1/namespaces/a/pods", """
                {"metadata": {"name": "p", "annotations": {"kubernetes.io/config.mirror": "h"}, "ownerReferences": [%s]},
                 "spec": {"containers": [{"name": "c", "image": "i"%s}]%s}}""".formatted(owners, container, spec));
    }

    private static void refused(Reply reply, String why) {
        assertThat(reply.code()).as(reply.text()).isEqualTo(403);
        assertThat(reply.message()).isEqualTo("pods \"p\" is forbidden: " + why);
    }

    @Test
    void aNodeCreatesMirrorsOfItsOwnStaticPods() {
        made(create(owner, "", ",\"nodeName\":\"n\",\"volumes\":[{\"name\":\"v\",\"hostPath\":{\"path\":\"/x\"}}]"));
    }

    @Test
    void aPodOfAnotherNodeIsRefused() {
        String why = "node \"n\" can only create pods with spec.nodeName set to itself";
        refused(create(owner, "", ",\"nodeName\":\"o\""), why);
        refused(create(owner, "", ""), why);
    }

    @Test
    void thePodBelongsToTheNode() {
        String spec = ",\"nodeName\":\"n\"";
        String itself = "node \"n\" can only create pods with an owner reference set to itself";

        refused(create("", "", spec), itself);
        refused(create(owner.replace("\"name\":\"n\"", "\"name\":\"o\""), "", spec), itself);
        refused(create(owner.replace("Node", "Pod"), "", spec), itself);
        refused(
                create(owner.replace("true", "false"), "", spec),
                "node \"n\" can only create pods with a controller owner reference set to itself");
        refused(
                create(owner + "," + owner.replace("true", "false"), "", spec),
                "node \"n\" can only create pods with a single owner reference set to itself");
        refused(
                create(owner.replace("}", ",\"blockOwnerDeletion\":true}"), "", spec),
                "node \"n\" must not set blockOwnerDeletion on an owner reference");
        assertThat(create(owner.replaceAll("\"uid\":\"[^\"]*\"", "\"uid\":\"u\""), "", spec)
                        .message())
                .contains("node n UID mismatch: expected u got ");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a service account       | "serviceAccountName":"s"
            secrets                 | "imagePullSecrets":[{"name":"s"}]
            secrets                 | "volumes":[{"name":"v","secret":{"secretName":"s"}}]
            secrets                 | "volumes":[{"name":"v","projected":{"sources":[{"secret":{"name":"s"}}]}}]
            secrets                 | "volumes":[{"name":"v","csi":{"driver":"d","nodePublishSecretRef":{"name":"s"}}}]
            configmaps              | "volumes":[{"name":"v","configMap":{"name":"c"}}]
            configmaps              | "volumes":[{"name":"v","projected":{"sources":[{"configMap":{"name":"c"}}]}}]
            persistentvolumeclaims  | "volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"c"}}]
            resourceclaims          | "resourceClaims":[{"name":"r","resourceClaimName":"c"}]
            serviceaccounts (via projected volumes) | "volumes":[{"name":"v","projected":{"sources":[{"serviceAccountToken":{"path":"t"}}]}}]
            """)
    void aPodThatReadsOtherObjectsIsRefused(String what, String spec) {
        refused(
                create(owner, "", ",\"nodeName\":\"n\"," + spec),
                "node \"n\" can not create pods that reference " + what);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            secrets    | "envFrom":[{"secretRef":{"name":"s"}}]
            secrets    | "env":[{"name":"E","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}}]
            configmaps | "envFrom":[{"configMapRef":{"name":"c"}}]
            configmaps | "env":[{"name":"E","valueFrom":{"configMapKeyRef":{"name":"c","key":"k"}}}]
            """)
    void aContainerThatReadsOtherObjectsIsRefused(String what, String container) {
        refused(
                create(owner, "," + container, ",\"nodeName\":\"n\""),
                "node \"n\" can not create pods that reference " + what);
    }
}
