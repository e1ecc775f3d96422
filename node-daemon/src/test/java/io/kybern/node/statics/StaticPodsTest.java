package io.kybern.node.statics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.kybern.node.objects.ObjectUnavailableException;
import io.kybern.node.objects.PodClient;
import io.kybern.node.pods.StaticPod;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class StaticPodsTest {

    private static final String WEB = """
            apiVersion: v1
            kind: Pod
            metadata: { name: web, namespace: kube-system }
            spec: { containers: [{ name: c, image: "%s" }] }
            """;

    @TempDir
    Path directory;

    private final Map<String, Pod> running = new ConcurrentHashMap<>();
    private final Map<String, Pod> objects = new ConcurrentHashMap<>();
    private final List<String> seen = new ArrayList<>();
    private StaticPods statics;

    @BeforeEach
    void statics() {
        statics = new StaticPods(
                directory,
                "node-1",
                new Table(),
                new Mirrors(),
                () -> Optional.of(objects.values()),
                Clock.systemUTC());
    }

    private void file(String name, String content) throws Exception {
        Files.writeString(directory.resolve(name), content);
    }

    private Pod only() {
        assertThat(running).hasSize(1);
        return running.values().iterator().next();
    }

    @Test
    void aFileBecomesAPodOfThisNodeWithAMirror() throws Exception {
        file("web.yaml", WEB.formatted("i:1"));
        file(".hidden", "no pod");
        file("broken.yaml", "kind: Service");
        statics.look();
        Pod pod = only();
        assertThat(pod.getMetadata().getName()).isEqualTo("web-node-1");
        assertThat(pod.getMetadata().getNamespace()).isEqualTo("kube-system");
        assertThat(pod.getSpec().getNodeName()).isEqualTo("node-1");
        assertThat(pod.getSpec().getTolerations()).anyMatch(t -> "NoExecute".equals(t.getEffect()));
        assertThat(StaticPod.isStatic(pod)).isTrue();
        assertThat(statics.uids()).containsExactly(pod.getMetadata().getUid());
        Pod mirror = objects.get("web-node-1");
        assertThat(StaticPod.isMirror(mirror)).isTrue();
        assertThat(StaticPod.isStatic(mirror)).isFalse();
        assertThat(StaticPod.mirrors(mirror, pod)).isTrue();

        int before = seen.size();
        statics.look();
        assertThat(seen).hasSize(before);
    }

    @Test
    void aChangedFileIsAnotherPodThatStartsWhenTheFormerOneHasEnded() throws Exception {
        file("web.yaml", WEB.formatted("i:1"));
        statics.look();
        Pod former = only();
        Pod slowToEnd = former;
        file("web.yaml", WEB.formatted("i:2"));
        running.clear();
        running.put("ending", slowToEnd);
        statics.look();
        assertThat(running).containsOnlyKeys("ending");
        assertThat(objects).isEmpty();
        running.clear();
        statics.look();
        assertThat(only().getMetadata().getUid())
                .isNotEqualTo(former.getMetadata().getUid());
        assertThat(StaticPod.mirrors(objects.get("web-node-1"), only())).isTrue();
    }

    @Test
    void whereTheFileGoesThePodAndItsMirrorGo() throws Exception {
        file("web.yaml", WEB.formatted("i:1"));
        statics.look();
        Files.delete(directory.resolve("web.yaml"));
        statics.look();
        assertThat(running).isEmpty();
        assertThat(objects).isEmpty();
        assertThat(statics.uids()).isEmpty();
    }

    @Test
    void aFileThatCannotBeReadLeavesItsPodAndTheOthersAlone() throws Exception {
        file("web.yaml", WEB.formatted("i:1"));
        statics.look();
        Pod web = only();
        byte[] noText = {(byte) 0xC3, 0x28};
        Files.write(directory.resolve("another.yaml"), noText);
        Files.write(directory.resolve("web.yaml"), noText);
        file("zoo.yaml", WEB.formatted("i:1").replace("name: web", "name: zoo"));
        statics.look();
        assertThat(running).hasSize(2).containsEntry(web.getMetadata().getUid(), web);
        Files.delete(directory.resolve("web.yaml"));
        statics.look();
        assertThat(only().getMetadata().getName()).isEqualTo("zoo-node-1");
    }

    @Test
    void aLookDoesNotWaitForOneThatIsUnderWay() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        StaticPods slow = new StaticPods(
                directory,
                "node-1",
                new Table(),
                new Mirrors(),
                () -> {
                    asked.countDown();
                    try {
                        answer.await();
                    } catch (InterruptedException ends) {
                        Thread.currentThread().interrupt();
                    }
                    return Optional.empty();
                },
                Clock.systemUTC());
        Thread first = Thread.ofVirtual().start(slow::look);
        asked.await();
        file("web.yaml", WEB.formatted("i:1"));
        slow.look();
        assertThat(running).isEmpty();
        answer.countDown();
        first.join();
        slow.look();
        assertThat(running).hasSize(1);
    }

    @Test
    void aMirrorThatSomebodyDeletesComesBack() throws Exception {
        file("web.yaml", WEB.formatted("i:1"));
        statics.look();
        Pod asked = new PodBuilder(objects.get("web-node-1"))
                .editMetadata()
                .withDeletionTimestamp("2026-01-01T00:00:00Z")
                .endMetadata()
                .build();
        objects.put("web-node-1", asked);
        statics.look();
        statics.look();
        assertThat(running).hasSize(1);
        assertThat(objects.get("web-node-1").getMetadata().getDeletionTimestamp())
                .isNull();
    }

    @Test
    void theStatusOfAStaticPodGoesIntoItsMirror() throws Exception {
        file("web.yaml", WEB.formatted("i:1"));
        statics.look();
        Pod pod = only();
        List<Pod> written = new ArrayList<>();
        PodClient server = new PodClient() {
            @Override
            public Optional<Pod> writeStatus(Pod base, PodStatus status) {
                written.add(base);
                return Optional.of(base);
            }

            @Override
            public void confirmDeletion(Pod gone) {
                throw new AssertionError("a static pod has no object of its own");
            }
        };
        PodClient client = new MirroredStatus(server, (ns, name) -> Optional.ofNullable(objects.get(name)));
        PodStatus status = new PodStatusBuilder().withPhase("Running").build();
        Pod after = client.writeStatus(pod, status).orElseThrow();
        assertThat(after.getMetadata().getUid()).isEqualTo(pod.getMetadata().getUid());
        assertThat(after.getStatus().getPhase()).isEqualTo("Running");
        assertThat(written).allMatch(StaticPod::isMirror);
        client.confirmDeletion(pod);
        objects.clear();
        assertThatThrownBy(() -> client.writeStatus(pod, status)).isInstanceOf(ObjectUnavailableException.class);
    }

    @Test
    void whatTheServerAnswersForAPodOfItsOwnIsNoStaticPod() throws Exception {
        Pod claiming = new PodBuilder()
                .withNewMetadata()
                .withName("p")
                .addToAnnotations(StaticPod.SOURCE, StaticPod.FILE)
                .endMetadata()
                .build();
        PodClient server = new PodClient() {
            @Override
            public Optional<Pod> writeStatus(Pod base, PodStatus status) {
                return Optional.of(claiming);
            }

            @Override
            public void confirmDeletion(Pod gone) {
                objects.remove("p");
            }
        };
        objects.put("p", claiming);
        PodClient client = new MirroredStatus(server, (ns, name) -> Optional.empty());
        Pod after =
                client.writeStatus(StaticPod.fromApi(claiming), new PodStatus()).orElseThrow();
        assertThat(StaticPod.isStatic(after)).isFalse();
        client.confirmDeletion(after);
        assertThat(objects).isEmpty();
    }

    /** Runs whatever it is given. */
    private final class Table implements StaticPods.Table {
        @Override
        public void seen(Pod pod) {
            seen.add(pod.getMetadata().getName());
            running.put(pod.getMetadata().getUid(), pod);
        }

        @Override
        public void gone(Pod pod) {
            running.remove(pod.getMetadata().getUid());
        }

        @Override
        public java.util.Collection<Pod> pods() {
            return running.values();
        }
    }

    /** Keeps objects by name. */
    private final class Mirrors implements MirrorPods {
        @Override
        public void create(Pod staticPod) {
            objects.put(
                    staticPod.getMetadata().getName(),
                    new PodBuilder(staticPod)
                            .editMetadata()
                            .withUid("other")
                            .addToAnnotations(
                                    StaticPod.MIRROR,
                                    staticPod.getMetadata().getAnnotations().get(StaticPod.HASH))
                            .endMetadata()
                            .build());
        }

        @Override
        public void remove(Pod object) {
            objects.remove(object.getMetadata().getName());
        }
    }
}
