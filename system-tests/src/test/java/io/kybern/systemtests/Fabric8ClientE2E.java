package io.kybern.systemtests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.StatusDetails;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.LocalPortForward;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What programs do that are written with the fabric8 client. */
class Fabric8ClientE2E extends ClusterTest {

    private KubernetesClient client;

    @BeforeAll
    void connect() {
        client = new KubernetesClientBuilder().build();
    }

    @AfterAll
    void disconnect() {
        client.close();
    }

    @Test
    void objectsAreCreatedEditedPatchedAndDeleted() {
        var maps = client.configMaps().inNamespace(kubectl.namespace());
        maps.resource(configMap("crud", "a", "1")).create();

        maps.withName("crud")
                .edit(map -> new ConfigMapBuilder(map).addToData("b", "2").build());
        assertThat(maps.withName("crud").get().getData()).isEqualTo(Map.of("a", "1", "b", "2"));
        maps.withName("crud").patch(PatchContext.of(PatchType.JSON_MERGE), "{\"data\":{\"a\":null}}");
        assertThat(maps.withName("crud").get().getData()).isEqualTo(Map.of("b", "2"));
        assertThatThrownBy(() -> maps.resource(configMap("crud", "a", "1")).create())
                .isInstanceOfSatisfying(
                        KubernetesClientException.class,
                        refused -> assertThat(refused.getStatus().getReason()).isEqualTo("AlreadyExists"));

        List<StatusDetails> deleted = maps.withName("crud").delete();
        assertThat(deleted).isNotEmpty();
        maps.withName("crud").waitUntilCondition(java.util.Objects::isNull, 110, TimeUnit.SECONDS);
    }

    @Test
    void serverSideApplyKeepsWhatOthersOwn() {
        var maps = client.configMaps().inNamespace(kubectl.namespace());
        maps.resource(configMap("shared", "a", "1")).fieldManager("first").serverSideApply();
        maps.resource(configMap("shared", "b", "2")).fieldManager("second").serverSideApply();

        assertThat(maps.withName("shared").get().getData()).isEqualTo(Map.of("a", "1", "b", "2"));
        assertThatThrownBy(() -> maps.resource(configMap("shared", "a", "other"))
                        .fieldManager("second")
                        .serverSideApply())
                .isInstanceOfSatisfying(KubernetesClientException.class, refused -> assertThat(refused.getCode())
                        .isEqualTo(409));
        maps.resource(configMap("shared", "a", "other"))
                .fieldManager("second")
                .forceConflicts()
                .serverSideApply();
        assertThat(maps.withName("shared").get().getData())
                .as("what a manager no longer says goes")
                .isEqualTo(Map.of("a", "other"));
    }

    @Test
    void informersSeeEveryChange() {
        Queue<String> seen = new ConcurrentLinkedQueue<>();
        var maps = client.configMaps().inNamespace(kubectl.namespace());
        try (SharedIndexInformer<ConfigMap> informer = maps.withName("watched").inform(new ResourceEventHandler<>() {
            @Override
            public void onAdd(ConfigMap added) {
                seen.add("added " + added.getData());
            }

            @Override
            public void onUpdate(ConfigMap before, ConfigMap after) {
                seen.add("changed " + after.getData());
            }

            @Override
            public void onDelete(ConfigMap deleted, boolean stateUnknown) {
                seen.add("deleted " + deleted.getData());
            }
        })) {
            maps.resource(configMap("watched", "n", "1")).create();
            maps.withName("watched").patch(PatchContext.of(PatchType.JSON_MERGE), "{\"data\":{\"n\":\"2\"}}");
            maps.withName("watched").delete();

            eventually("the informer has seen the end").untilAsserted(() -> assertThat(seen)
                    .containsExactly("added {n=1}", "changed {n=2}", "deleted {n=2}"));
            assertThat(informer.getStore().list()).isEmpty();
        }
    }

    @Test
    void deploymentsAreAwaitedScaledAndRestarted() {
        var deployments = client.apps().deployments().inNamespace(kubectl.namespace());
        deployments.resource(deployment("web")).create();
        Deployment ready = deployments.withName("web").waitUntilReady(110, TimeUnit.SECONDS);
        assertThat(ready.getStatus().getReadyReplicas()).isEqualTo(1);
        assertThat(deployments.withName("web").getLog()).contains("serving");

        assertThat(deployments
                        .withName("web")
                        .withTimeout(110, TimeUnit.SECONDS)
                        .scale(2)
                        .getSpec()
                        .getReplicas())
                .isEqualTo(2);
        deployments.withName("web").rolling().restart();
        eventually("a second revision is there").untilAsserted(() -> assertThat(client.apps()
                        .replicaSets()
                        .inNamespace(kubectl.namespace())
                        .withLabel("app", "web")
                        .list()
                        .getItems())
                .hasSize(2));
    }

    @Test
    void commandsRunInPodsAndTheirPortsAreReached() throws Exception {
        Pod pod = new PodBuilder()
                .withNewMetadata()
                .withName("tools")
                .endMetadata()
                .withSpec(deployment("tools").getSpec().getTemplate().getSpec())
                .build();
        var tools = client.pods().inNamespace(kubectl.namespace()).withName("tools");
        client.pods().inNamespace(kubectl.namespace()).resource(pod).create();
        tools.waitUntilReady(110, TimeUnit.SECONDS);

        ByteArrayOutputStream output = new ByteArrayOutputStream();
        try (ExecWatch command = tools.writingOutput(output).exec("sh", "-c", "echo hello; exit 4")) {
            assertThat(command.exitCode().get(60, TimeUnit.SECONDS)).isEqualTo(4);
        }
        assertThat(output.toString(UTF_8)).isEqualTo("hello\n");

        assertThat(tools.getLog()).isEqualTo("serving\n");
        try (LocalPortForward forwarded = tools.portForward(8080)) {
            eventually("the page comes through")
                    .untilAsserted(() -> assertThat(page("http://127.0.0.1:" + forwarded.getLocalPort() + "/"))
                            .isEqualTo("page"));
        }
        assertThat(tools.file("/w/index.html").read().readAllBytes())
                .asString(UTF_8)
                .isEqualTo("page\n");
        assertThat(tools.evict()).isTrue();
        tools.waitUntilCondition(java.util.Objects::isNull, 110, TimeUnit.SECONDS);
    }

    @Test
    void typesAreFoundWithoutModels() {
        GenericKubernetesResource account = client.genericKubernetesResources("v1", "ServiceAccount")
                .inNamespace(kubectl.namespace())
                .withName("default")
                .get();

        assertThat(account.getKind()).isEqualTo("ServiceAccount");
        assertThat(client.getKubernetesVersion().getMajor()).isEqualTo("1");
        assertThat(client.hasApiGroup("apps", true)).isTrue();
    }

    private static ConfigMap configMap(String name, String key, String value) {
        return new ConfigMapBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .addToData(key, value)
                .build();
    }

    private static Deployment deployment(String name) {
        return new DeploymentBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withReplicas(1)
                .withNewSelector()
                .addToMatchLabels("app", name)
                .endSelector()
                .withNewTemplate()
                .withNewMetadata()
                .addToLabels("app", name)
                .endMetadata()
                .withNewSpec()
                .withTerminationGracePeriodSeconds(1L)
                .addNewContainer()
                .withName("web")
                .withImage(IMAGE)
                .withImagePullPolicy("IfNotPresent")
                .withCommand(
                        "sh", "-c", "mkdir /w; echo page > /w/index.html; echo serving; exec httpd -f -p 8080 -h /w")
                .withNewReadinessProbe()
                .withNewHttpGet()
                .withPath("/")
                .withNewPort(8080)
                .endHttpGet()
                .withPeriodSeconds(1)
                .endReadinessProbe()
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build();
    }
}
