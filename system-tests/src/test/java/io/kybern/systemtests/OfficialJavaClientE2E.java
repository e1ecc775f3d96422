package io.kybern.systemtests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.kubernetes.client.Copy;
import io.kubernetes.client.Exec;
import io.kubernetes.client.PodLogs;
import io.kubernetes.client.PortForward;
import io.kubernetes.client.ProtoClient;
import io.kubernetes.client.custom.V1Patch;
import io.kubernetes.client.informer.ResourceEventHandler;
import io.kubernetes.client.informer.SharedIndexInformer;
import io.kubernetes.client.informer.SharedInformerFactory;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.apis.AppsV1Api;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1ConfigMapList;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1ContainerPort;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1DeploymentSpec;
import io.kubernetes.client.openapi.models.V1LabelSelector;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.openapi.models.V1Pod;
import io.kubernetes.client.openapi.models.V1PodSpec;
import io.kubernetes.client.openapi.models.V1PodTemplateSpec;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import io.kubernetes.client.proto.Meta;
import io.kubernetes.client.proto.V1;
import io.kubernetes.client.util.Config;
import io.kubernetes.client.util.PatchUtils;
import io.kubernetes.client.util.generic.GenericKubernetesApi;
import io.kubernetes.client.util.generic.dynamic.DynamicKubernetesApi;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What programs do that are written with the Kubernetes project's own Java client. */
class OfficialJavaClientE2E extends ClusterTest {

    /** What the client's processes answer for an exit code when their connection failed. */
    private static final int FORGOTTEN = -1975219;

    private ApiClient client;
    private CoreV1Api core;

    @BeforeAll
    void connect() throws Exception {
        client = Config.fromConfig(System.getenv("KUBECONFIG"));
        // informers demand reads without a limit; the test class has one
        client.setReadTimeout(0);
        core = new CoreV1Api(client);
    }

    @Test
    void objectsAreCreatedReadReplacedPatchedListedAndDeleted() throws Exception {
        V1ConfigMap made = core.createNamespacedConfigMap(kubectl.namespace(), configMap("crud", Map.of("a", "1")))
                .execute();
        assertThat(made.getMetadata().getUid()).isNotBlank();

        made.putDataItem("b", "2");
        V1ConfigMap replaced = core.replaceNamespacedConfigMap("crud", kubectl.namespace(), made)
                .execute();
        assertThat(replaced.getData()).containsExactlyInAnyOrderEntriesOf(Map.of("a", "1", "b", "2"));
        assertThatThrownBy(() -> core.replaceNamespacedConfigMap("crud", kubectl.namespace(), made)
                        .execute())
                .as("the replaced object was newer")
                .isInstanceOfSatisfying(ApiException.class, refused -> assertThat(refused.getCode())
                        .isEqualTo(409));

        V1ConfigMap patched =
                patch("crud", "[{\"op\":\"remove\",\"path\":\"/data/a\"}]", V1Patch.PATCH_FORMAT_JSON_PATCH);
        assertThat(patched.getData()).isEqualTo(Map.of("b", "2"));
        patched = patch("crud", "{\"data\":{\"c\":\"3\"}}", V1Patch.PATCH_FORMAT_JSON_MERGE_PATCH);
        assertThat(patched.getData()).isEqualTo(Map.of("b", "2", "c", "3"));
        patched = patch("crud", "{\"data\":{\"b\":null}}", V1Patch.PATCH_FORMAT_STRATEGIC_MERGE_PATCH);
        assertThat(patched.getData()).isEqualTo(Map.of("c", "3"));

        assertThat(core.listNamespacedConfigMap(kubectl.namespace())
                        .labelSelector("made-by=java")
                        .execute()
                        .getItems())
                .extracting(each -> each.getMetadata().getName())
                .contains("crud");
        core.deleteNamespacedConfigMap("crud", kubectl.namespace()).execute();
        assertThatThrownBy(() -> core.readNamespacedConfigMap("crud", kubectl.namespace())
                        .execute())
                .isInstanceOfSatisfying(ApiException.class, refused -> assertThat(refused.getCode())
                        .isEqualTo(404));
    }

    @Test
    void appliedConfigurationsAreOwnedByTheirManager() throws Exception {
        String applied =
                "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"applied\"},\"data\":{\"a\":\"1\"}}";
        V1ConfigMap first = PatchUtils.patch(
                V1ConfigMap.class,
                () -> core.patchNamespacedConfigMap("applied", kubectl.namespace(), new V1Patch(applied))
                        .fieldManager("java")
                        .buildCall(null),
                V1Patch.PATCH_FORMAT_APPLY_YAML,
                client);

        assertThat(first.getData()).isEqualTo(Map.of("a", "1"));
        assertThat(field("configmap/applied", ".metadata.managedFields[*]['manager','operation']"))
                .isEqualTo("java Apply");
    }

    @Test
    void informersSeeEveryChange() throws Exception {
        SharedInformerFactory factory = new SharedInformerFactory(client);
        var api = new GenericKubernetesApi<>(V1ConfigMap.class, V1ConfigMapList.class, "", "v1", "configmaps", client);
        SharedIndexInformer<V1ConfigMap> informer =
                factory.sharedIndexInformerFor(api, V1ConfigMap.class, 0, kubectl.namespace());
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        informer.addEventHandler(new ResourceEventHandler<>() {
            @Override
            public void onAdd(V1ConfigMap added) {
                note("added", added);
            }

            @Override
            public void onUpdate(V1ConfigMap before, V1ConfigMap after) {
                note("changed", after);
            }

            @Override
            public void onDelete(V1ConfigMap deleted, boolean stateUnknown) {
                note("deleted", deleted);
            }

            private void note(String what, V1ConfigMap object) {
                if ("watched".equals(object.getMetadata().getName())) {
                    seen.add(what + " " + object.getData());
                }
            }
        });
        factory.startAllRegisteredInformers();
        try {
            eventually("the informer has its first list").until(informer::hasSynced);
            core.createNamespacedConfigMap(kubectl.namespace(), configMap("watched", Map.of("n", "1")))
                    .execute();
            patch("watched", "{\"data\":{\"n\":\"2\"}}", V1Patch.PATCH_FORMAT_JSON_MERGE_PATCH);
            core.deleteNamespacedConfigMap("watched", kubectl.namespace()).execute();

            eventually("the informer has seen the end").untilAsserted(() -> assertThat(seen)
                    .containsExactly("added {n=1}", "changed {n=2}", "deleted {n=2}"));
        } finally {
            factory.stopAllRegisteredInformers();
        }
    }

    @Test
    void typesAreFoundWithoutModels() {
        var api = new DynamicKubernetesApi("", "v1", "serviceaccounts", client);

        assertThat(api.get(kubectl.namespace(), "default")
                        .getObject()
                        .getRaw()
                        .get("kind")
                        .getAsString())
                .isEqualTo("ServiceAccount");
        assertThat(new GenericKubernetesApi<>(
                                V1ServiceAccount.class,
                                io.kubernetes.client.openapi.models.V1ServiceAccountList.class,
                                "",
                                "v1",
                                "serviceaccounts",
                                client)
                        .get(kubectl.namespace(), "nobody")
                        .getStatus()
                        .getReason())
                .isEqualTo("NotFound");
    }

    @Test
    void commandsRunInPodsAndTheirFilesLogsAndPortsAreReached() throws Exception {
        V1Pod web = new V1Pod()
                .metadata(new V1ObjectMeta().name("tools"))
                .spec(
                        new V1PodSpec()
                                .terminationGracePeriodSeconds(1L)
                                .addContainersItem(
                                        container(
                                                "echo ready; mkdir /w; echo from the pod > /w/index.html; exec httpd -f -p 8080 -h /w")));
        core.createNamespacedPod(kubectl.namespace(), web).execute();
        kubectl.run("wait", "pod/tools", "--for=condition=Ready", "--timeout=110s");
        eventually("it serves").untilAsserted(() -> assertThat(
                        kubectl.run("exec", "tools", "--", "wget", "-qO-", "http://127.0.0.1:8080/"))
                .isEqualTo("from the pod"));

        assertThat(saidInTools(0, "cat", "/w/index.html")).isEqualTo("from the pod\n");

        Process echo =
                new Exec(client).exec(kubectl.namespace(), "tools", new String[] {"head", "-n", "1"}, true, false);
        try (OutputStream input = echo.getOutputStream()) {
            input.write("typed\n".getBytes(UTF_8));
            input.flush();
            assertThat(new String(echo.getInputStream().readAllBytes(), UTF_8)).isEqualTo("typed\n");
        }

        assertThat(saidInTools(3, "sh", "-c", "echo before; exit 3")).isEqualTo("before\n");

        try (InputStream copied = new Copy(client).copyFileFromPod(kubectl.namespace(), "tools", "/w/index.html")) {
            assertThat(new String(copied.readAllBytes(), UTF_8)).isEqualTo("from the pod\n");
        }
        new Copy(client)
                .copyFileToPod(kubectl.namespace(), "tools", "web", "sent\n".getBytes(UTF_8), Path.of("/tmp/sent.txt"));
        eventually("the file has arrived")
                .untilAsserted(() -> assertThat(kubectl.run("exec", "tools", "--", "cat", "/tmp/sent.txt"))
                        .isEqualTo("sent"));

        assertThat(core.readNamespacedPodLog("tools", kubectl.namespace()).execute())
                .isEqualTo("ready\n");
        try (BufferedReader followed = new BufferedReader(new InputStreamReader(
                new PodLogs(client).streamNamespacedPodLog(kubectl.namespace(), "tools", "web"), UTF_8))) {
            assertThat(followed.readLine()).isEqualTo("ready");
        }

        var forwarded = new PortForward(client).forward(kubectl.namespace(), "tools", List.of(8080));
        forwarded.getOutboundStream(8080).write("GET / HTTP/1.0\r\n\r\n".getBytes(UTF_8));
        forwarded.getOutboundStream(8080).flush();
        assertThat(new String(forwarded.getInputStream(8080).readNBytes(12), UTF_8))
                .matches("HTTP/1\\.[01] 200");
    }

    /**
     * Runs a command to its end, which must have that exit code; answers what it wrote. The client closes the connection as soon as it has
     * the exit code, and forgets it again if the server's closing comes between: then the command is run once more.
     */
    private String saidInTools(int exitCode, String... command) {
        AtomicReference<String> said = new AtomicReference<>("");
        eventually("the exit code of " + List.of(command)).until(() -> {
            Process process = new Exec(client).exec(kubectl.namespace(), "tools", command, false, false);
            said.set(new String(process.getInputStream().readAllBytes(), UTF_8));
            assertThat(process.waitFor(110, TimeUnit.SECONDS)).isTrue();
            if (process.exitValue() == FORGOTTEN) {
                return false;
            }
            assertThat(process.exitValue()).isEqualTo(exitCode);
            return true;
        });
        return said.get();
    }

    @Test
    void deploymentsAreScaledThroughTheirScale() throws Exception {
        AppsV1Api apps = new AppsV1Api(client);
        apps.createNamespacedDeployment(
                        kubectl.namespace(),
                        new V1Deployment()
                                .metadata(new V1ObjectMeta().name("scaled"))
                                .spec(new V1DeploymentSpec()
                                        .replicas(0)
                                        .selector(new V1LabelSelector().putMatchLabelsItem("app", "scaled"))
                                        .template(new V1PodTemplateSpec()
                                                .metadata(new V1ObjectMeta().putLabelsItem("app", "scaled"))
                                                .spec(new V1PodSpec().addContainersItem(container("exec sleep 999"))))))
                .execute();
        var scale = apps.readNamespacedDeploymentScale("scaled", kubectl.namespace())
                .execute();
        scale.getSpec().setReplicas(1);
        // without it the change does not depend on what the controller wrote meanwhile
        scale.getMetadata().setResourceVersion(null);
        apps.replaceNamespacedDeploymentScale("scaled", kubectl.namespace(), scale)
                .execute();

        eventually("the pod is available")
                .untilAsserted(() -> assertThat(apps.readNamespacedDeployment("scaled", kubectl.namespace())
                                .execute()
                                .getStatus()
                                .getAvailableReplicas())
                        .isEqualTo(1));
    }

    @Test
    void protobufGoesInAndComesOut() throws Exception {
        ProtoClient protobuf = new ProtoClient(client);
        String collection = "/api/v1/namespaces/" + kubectl.namespace() + "/secrets";
        V1.Secret secret = V1.Secret.newBuilder()
                .setMetadata(Meta.ObjectMeta.newBuilder().setName("proto").putLabels("made-by", "protobuf"))
                .putData("key", ByteString.copyFromUtf8("value"))
                .build();

        var made = protobuf.<V1.Secret>create(secret, collection, "v1", "Secret");
        assertThat(made.status).isNull();
        assertThat(made.object.getType()).isEqualTo("Opaque");
        var read = protobuf.<V1.Secret>get(V1.Secret.newBuilder(), collection + "/proto");
        assertThat(read.object.getDataMap().get("key").toStringUtf8()).isEqualTo("value");
        assertThat(read.object.getMetadata().getUid())
                .isEqualTo(made.object.getMetadata().getUid());
        var listed = protobuf.<V1.SecretList>list(
                V1.SecretList.newBuilder(), collection + "?labelSelector=made-by%3Dprotobuf");
        assertThat(listed.object.getItemsList())
                .extracting(each -> each.getMetadata().getName())
                .containsExactly("proto");
        V1.Secret changed = read.object.toBuilder()
                .putData("more", ByteString.copyFromUtf8("again"))
                .build();
        var updated = protobuf.<V1.Secret>update(changed, collection + "/proto", "v1", "Secret");
        assertThat(updated.object.getDataMap()).containsOnlyKeys("key", "more");
        var deleted = protobuf.<V1.Secret>delete(V1.Secret.newBuilder(), collection + "/proto");
        assertThat(deleted.status.getStatus()).isEqualTo("Success");
        var absent = protobuf.<V1.Secret>get(V1.Secret.newBuilder(), collection + "/proto");
        assertThat(absent.status.getReason()).isEqualTo("NotFound");
    }

    private V1ConfigMap patch(String name, String patch, String format) throws ApiException {
        return PatchUtils.patch(
                V1ConfigMap.class,
                () -> core.patchNamespacedConfigMap(name, kubectl.namespace(), new V1Patch(patch))
                        .buildCall(null),
                format,
                client);
    }

    private static V1ConfigMap configMap(String name, Map<String, String> data) {
        return new V1ConfigMap()
                .metadata(new V1ObjectMeta().name(name).putLabelsItem("made-by", "java"))
                .data(data);
    }

    private static V1Container container(String script) {
        return new V1Container()
                .name("web")
                .image(IMAGE)
                .imagePullPolicy("IfNotPresent")
                .command(List.of("sh", "-c", script))
                .addPortsItem(new V1ContainerPort().containerPort(8080));
    }
}
