package io.kybern.apiserver.endpoints;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
class VersionConversionTest {

    private static final GroupVersionKind CORE = new GroupVersionKind("", "v1", "Event");
    private static final GroupVersionKind EVENTS = new GroupVersionKind("events.k8s.io", "v1", "Event");
    private static final GroupVersionKind V1 = new GroupVersionKind("autoscaling", "v1", "HorizontalPodAutoscaler");
    private static final GroupVersionKind V2 = new GroupVersionKind("autoscaling", "v2", "HorizontalPodAutoscaler");

    private static ObjectNode json(String text) {
        return (ObjectNode) Json.read(text);
    }

    @Test
    void keepsAnEventOnItsWayThereAndBack() {
        ObjectNode event = json("""
                {"apiVersion":"v1","kind":"Event","metadata":{"name":"e"},"involvedObject":{"kind":"Pod","name":"p"},
                 "message":"hello","count":3,"source":{"component":"kubelet"},"reason":"Started"}
                """);

        ObjectNode there = VersionConversion.convert(event.deepCopy(), CORE, EVENTS);
        assertThat(there.path("regarding").path("name").asString()).isEqualTo("p");
        assertThat(there.path("note").asString()).isEqualTo("hello");
        assertThat((Object) VersionConversion.convert(there, EVENTS, CORE)).isEqualTo(event);
    }

    @Test
    void keepsWhatAnOlderAutoscalerCannotSay() {
        ObjectNode scaler = json("""
                {"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"h"},
                 "spec":{"maxReplicas":3,"metrics":[
                   {"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":50}}},
                   {"type":"Resource","resource":{"name":"memory","target":{"type":"Utilization","averageUtilization":70}}}]}}
                """);

        ObjectNode old = VersionConversion.convert(scaler.deepCopy(), V2, V1);
        assertThat(old.path("spec").path("targetCPUUtilizationPercentage").asInt())
                .isEqualTo(50);
        assertThat(old.path("spec").has("metrics")).isFalse();
        assertThat(VersionConversion.convert(old, V1, V2).path("spec").toString())
                .contains("\"memory\"", "\"cpu\"");
    }
}
