package io.kybern.controller.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PodRankingTest {

    private static final Instant NOW = Instant.parse("2026-01-02T00:00:00Z");

    private static Pod pod(String name) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace("ns")
                .withName(name)
                .withUid(name)
                .withCreationTimestamp("2026-01-01T00:00:00Z")
                .endMetadata()
                .withNewSpec()
                .withNodeName("node")
                .endSpec()
                .withNewStatus()
                .withPhase("Running")
                .endStatus()
                .build();
    }

    private static Pod ready(Pod pod, String since) {
        return new PodBuilder(pod)
                .editStatus()
                .withPhase("Running")
                .addNewCondition()
                .withType("Ready")
                .withStatus("True")
                .withLastTransitionTime(since)
                .endCondition()
                .endStatus()
                .build();
    }

    private static List<String> order(List<Pod> related, Pod... pods) {
        List<Pod> shuffled = new ArrayList<>(List.of(pods));
        Collections.shuffle(shuffled, new Random(pods.length));
        return new PodRanking(related, NOW)
                .ranked(shuffled).stream()
                        .map(pod -> pod.getMetadata().getName())
                        .toList();
    }

    private static Pod on(String node, Pod pod) {
        return new PodBuilder(pod).editSpec().withNodeName(node).endSpec().build();
    }

    private static Pod phase(String phase, Pod pod) {
        return new PodBuilder(pod).editStatus().withPhase(phase).endStatus().build();
    }

    private static Pod cost(String cost, Pod pod) {
        return new PodBuilder(pod)
                .editMetadata()
                .addToAnnotations("controller.kubernetes.io/pod-deletion-cost", cost)
                .endMetadata()
                .build();
    }

    private static Pod restarted(int times, Pod pod) {
        return new PodBuilder(pod)
                .editStatus()
                .addNewContainerStatus()
                .withName("c")
                .withRestartCount(times)
                .endContainerStatus()
                .endStatus()
                .build();
    }

    private static Pod created(String at, Pod pod) {
        return new PodBuilder(pod)
                .editMetadata()
                .withCreationTimestamp(at)
                .endMetadata()
                .build();
    }

    @Test
    void prefersPodsThatDoLess() {
        assertThat(order(
                        List.of(),
                        ready(pod("ready"), "2026-01-01T00:00:00Z"),
                        pod("running"),
                        phase("Unknown", pod("unknown")),
                        phase("Pending", pod("pending")),
                        on("", phase("Pending", pod("unassigned")))))
                .containsExactly("unassigned", "pending", "unknown", "running", "ready");
    }

    @Test
    void prefersTheCheaperOneBeforeAnythingThatConcernsReadyPodsOnly() {
        assertThat(order(
                        List.of(),
                        cost("10", ready(pod("dear"), "2026-01-01T23:59:00Z")),
                        cost("-5", ready(pod("cheap"), "2026-01-01T00:00:00Z")),
                        ready(pod("plain"), "2026-01-01T00:00:00Z"),
                        cost("nonsense", ready(pod("zzz"), "2026-01-01T00:00:00Z"))))
                .containsExactly("cheap", "plain", "zzz", "dear");
    }

    @Test
    void keepsPodsSpreadOverTheNodes() {
        Pod a1 = on("a", ready(pod("a1"), "2026-01-01T00:00:00Z"));
        Pod a2 = on("a", ready(pod("a2"), "2026-01-01T20:00:00Z"));
        Pod b1 = on("b", ready(pod("b1"), "2026-01-01T23:00:00Z"));
        assertThat(order(List.of(a1, a2, b1), a1, a2, b1)).containsExactly("a2", "a1", "b1");
    }

    @Test
    void prefersWhatIsReadyForAShorterTimeThenWhatRestartedMoreThenTheYounger() {
        assertThat(order(
                        List.of(),
                        ready(pod("long ready"), "2026-01-01T00:00:00Z"),
                        ready(pod("just ready"), "2026-01-01T23:59:50Z")))
                .containsExactly("just ready", "long ready");
        assertThat(order(List.of(), restarted(1, pod("calm")), restarted(7, pod("restless"))))
                .containsExactly("restless", "calm");
        assertThat(order(
                        List.of(),
                        created("2025-01-01T00:00:00Z", pod("old")),
                        created("2026-01-01T23:00:00Z", pod("young"))))
                .containsExactly("young", "old");
    }
}
