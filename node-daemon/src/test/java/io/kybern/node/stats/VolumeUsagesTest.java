package io.kybern.node.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kybern.node.command.ProcessCommandRunner;
import io.kybern.testing.MutableClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class VolumeUsagesTest {

    private static final Pod POD = Serialization.unmarshal("""
            apiVersion: v1
            kind: Pod
            metadata: { name: p, namespace: ns, uid: u }
            spec:
              volumes:
              - { name: empty, emptyDir: {} }
              - { name: data, persistentVolumeClaim: { claimName: disk } }
              - { name: own, ephemeral: { volumeClaimTemplate: {} } }
              - { name: device, persistentVolumeClaim: { claimName: raw } }
              - { name: machine, hostPath: { path: / } }
              - { name: late, persistentVolumeClaim: { claimName: later } }
            """, Pod.class);

    @TempDir
    Path root;

    private final MutableClock clock = new MutableClock();
    private final List<List<String>> commands = new ArrayList<>();

    private VolumeUsages usages() throws Exception {
        for (String volume : new String[] {"empty", "data", "own"}) {
            Files.writeString(Files.createDirectory(root.resolve(volume)).resolve("file"), "x");
        }
        Files.writeString(root.resolve("device"), "12345");
        Map<String, Path> ready = Map.of(
                "empty", root.resolve("empty"),
                "data", root.resolve("data"),
                "own", root.resolve("own"),
                "device", root.resolve("device"),
                "machine", root);
        return new VolumeUsages(uid -> ready, this::answer, clock, Runnable::run);
    }

    private String answer(List<String> command, String input) {
        commands.add(command);
        if (command.getFirst().equals("du")) {
            return "8192\t" + command.getLast() + "\n";
        }
        StringBuilder out = new StringBuilder();
        command.subList(4, command.size())
                .forEach(path -> out.append("1024 100 40 30 10 7 ").append(path).append('\n'));
        return out.toString();
    }

    private Map<String, List<VolumeUsage>> look(VolumeUsages usages) {
        usages.look(List.of(POD));
        return usages.known();
    }

    private long looks() {
        return commands.stream()
                .filter(command -> command.getFirst().equals("stat"))
                .count();
    }

    private static VolumeUsage volume(Map<String, List<VolumeUsage>> all, String name) {
        return all.get("u").stream()
                .filter(usage -> usage.volume().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void claimsTellOfTheirFileSystemAndOthersOfTheirFiles() throws Exception {
        Map<String, List<VolumeUsage>> all = look(usages());

        assertThat(all.get("u"))
                .extracting(VolumeUsage::volume, VolumeUsage::claim)
                .containsExactly(
                        tuple("empty", null), tuple("data", "disk"), tuple("own", "p-own"), tuple("device", "raw"));
        assertThat(volume(all, "data").space()).isEqualTo(new VolumeUsage.Space(102_400, 30_720, 61_440));
        assertThat(volume(all, "data").inodes()).isEqualTo(new VolumeUsage.Space(10, 7, 3));
        assertThat(volume(all, "device").space()).isEqualTo(new VolumeUsage.Space(5, 0, 0));
        VolumeUsage empty = volume(all, "empty");
        assertThat(empty.space().capacity()).isEqualTo(102_400);
        assertThat(empty.space().used()).isEqualTo(8192);
        assertThat(empty.inodes().used()).isEqualTo(2);
    }

    @Test
    void oneLookIsEnoughForAMinute() throws Exception {
        VolumeUsages usages = usages();
        look(usages);
        clock.advance(Duration.ofSeconds(59));
        look(usages);
        assertThat(looks()).isEqualTo(1);
        clock.advance(Duration.ofSeconds(1));
        look(usages);
        assertThat(looks()).isEqualTo(2);
    }

    @Test
    void whatTheNodeWroteItselfIsLookedAtOnce() throws Exception {
        Pod pod = Serialization.unmarshal("""
                apiVersion: v1
                kind: Pod
                metadata: { name: p, namespace: ns, uid: u }
                spec:
                  volumes:
                  - { name: empty, emptyDir: {} }
                  - { name: data, projected: {} }
                  - { name: own, configMap: { name: c } }
                """, Pod.class);
        VolumeUsages usages = usages();
        usages.look(List.of(pod));
        Map<String, List<VolumeUsage>> first = usages.known();
        commands.clear();
        clock.advance(Duration.ofMinutes(1));

        usages.look(List.of(pod));

        assertThat(commands)
                .allSatisfy(command -> assertThat(command)
                        .doesNotContain(
                                root.resolve("data").toString(),
                                root.resolve("own").toString()))
                .hasSize(2);
        assertThat(volume(usages.known(), "data")).isEqualTo(volume(first, "data"));
        assertThat(volume(usages.known(), "empty").at()).isEqualTo(clock.instant());
    }

    private static Pod other(String uid) {
        return new PodBuilder(POD).editMetadata().withUid(uid).endMetadata().build();
    }

    @Test
    void aPodThatComesIsLookedAtAloneAndOneThatGoesIsForgotten() throws Exception {
        VolumeUsages usages = usages();
        look(usages);
        usages.look(List.of(POD, other("new")));
        assertThat(looks()).isEqualTo(2);
        assertThat(usages.known()).containsOnlyKeys("u", "new");
        usages.look(List.of(other("new")));
        assertThat(usages.known()).containsOnlyKeys("new");
    }

    @Test
    void volumesThatWereReleasedAreForgotten() {
        Map<String, Path> ready = new HashMap<>(Map.of("data", root));
        VolumeUsages usages = new VolumeUsages(uid -> ready, this::answer, clock, Runnable::run);
        assertThat(look(usages)).containsOnlyKeys("u");
        ready.clear();
        assertThat(look(usages)).isEmpty();
    }

    @Test
    void whoAsksLooksAtNothing() throws Exception {
        assertThat(usages().known()).isEmpty();
        assertThat(commands).isEmpty();
    }

    private static void hold(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aVolumeThatHangsHoldsUpNobodyElseAndIsNotLookedAtTwice() throws Exception {
        usages();
        CountDownLatch answered = new CountDownLatch(1);
        AtomicInteger asked = new AtomicInteger();
        VolumeUsages usages = new VolumeUsages(
                uid -> Map.of("data", uid.equals("u") ? root.resolve("data") : root.resolve("own")),
                (command, input) -> {
                    if (command.getLast().equals(root.resolve("own").toString())) {
                        asked.incrementAndGet();
                        hold(answered);
                    }
                    return "1024 100 40 30 10 7 " + command.getLast();
                },
                clock,
                look -> Thread.ofPlatform().daemon().start(look),
                Duration.ofSeconds(1));
        try {
            usages.look(List.of(other("hangs")));
            usages.look(List.of(other("hangs"), POD));
            await().atMost(Duration.ofSeconds(30)).until(() -> usages.known().containsKey("u"));

            assertThat(usages.known()).containsOnlyKeys("u");
            assertThat(asked).hasValueLessThanOrEqualTo(1);
        } finally {
            answered.countDown();
        }
    }

    @Test
    void aVolumeThatCannotBeAskedOrAnswersOddlyTakesNothingFromTheOthers() throws Exception {
        usages();
        String data = root.resolve("data").toString();
        VolumeUsages usages = new VolumeUsages(
                uid -> Map.of("data", root.resolve("data"), "own", root.resolve("own"), "late", root.resolve("empty")),
                (command, input) -> {
                    if (command.size() > 5 || command.getLast().endsWith("own")) {
                        return new ProcessCommandRunner(Duration.ofSeconds(30), Runnable::run)
                                .run("stat", "-f", root.resolve("gone").toString());
                    }
                    return command.getLast().equals(data)
                            ? "1024 100 40 30 ? 18446744073709551615 " + data
                            : "? " + data;
                },
                clock,
                Runnable::run);

        assertThat(look(usages).get("u"))
                .containsExactly(new VolumeUsage(
                        "data",
                        "disk",
                        clock.instant(),
                        new VolumeUsage.Space(102_400, 30_720, 61_440),
                        VolumeUsage.Space.NONE));
    }

    @Test
    void aFileWithTwoNamesIsOneFile() throws Exception {
        VolumeUsages usages = usages();
        Files.createLink(
                root.resolve("empty").resolve("again"), root.resolve("empty").resolve("file"));

        assertThat(volume(look(usages), "empty").inodes().used()).isEqualTo(2);
    }

    @Test
    void metricsAreThoseOfAKubelet() throws Exception {
        String page = VolumeMetrics.of(List.of(POD), look(usages()));

        assertThat(page.lines())
                .contains(
                        "# TYPE kubelet_volume_stats_used_bytes gauge",
                        "kubelet_volume_stats_capacity_bytes{namespace=\"ns\",persistentvolumeclaim=\"disk\"} 102400",
                        "kubelet_volume_stats_available_bytes{namespace=\"ns\",persistentvolumeclaim=\"disk\"} 30720",
                        "kubelet_volume_stats_used_bytes{namespace=\"ns\",persistentvolumeclaim=\"p-own\"} 61440",
                        "kubelet_volume_stats_inodes{namespace=\"ns\",persistentvolumeclaim=\"disk\"} 10",
                        "kubelet_volume_stats_inodes_free{namespace=\"ns\",persistentvolumeclaim=\"disk\"} 7",
                        "kubelet_volume_stats_inodes_used{namespace=\"ns\",persistentvolumeclaim=\"disk\"} 3",
                        "kubelet_volume_stats_capacity_bytes{namespace=\"ns\",persistentvolumeclaim=\"raw\"} 5");
        assertThat(VolumeMetrics.of(List.of(), Map.of())).isEmpty();
    }

    @Test
    void theSummaryTellsOfVolumes() throws Exception {
        NodeUsage now = new NodeUsage(
                null, null, 0, new NodeUsage.Disk(0, 0), List.of(new NodeUsage.PodUsage(POD, List.of(), null)));

        var page = new ObjectMapper().readTree(SummaryPage.of("n", now, look(usages())));

        assertThat(page.at("/pods/0/volume/1/pvcRef/name").asText()).isEqualTo("disk");
        assertThat(page.at("/pods/0/volume/1/pvcRef/namespace").asText()).isEqualTo("ns");
        assertThat(page.at("/pods/0/volume/1/name").asText()).isEqualTo("data");
        assertThat(page.at("/pods/0/volume/1/usedBytes").asLong()).isEqualTo(61_440);
        assertThat(page.at("/pods/0/volume/0/pvcRef").isMissingNode()).isTrue();
    }
}
