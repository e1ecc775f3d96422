package io.kybern.controller.recorder;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.kybern.api.ObjectKey;
import io.kybern.controller.client.ObjectKeys;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeObjects;
import io.kybern.controller.recorder.EventCorrelator.Report;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventRecordersTest {

    private final FakeCluster cluster = new FakeCluster();
    private final FakeObjects<Event> events = cluster.objects("", "v1", "events", Event.class);
    private final EventRecorders recorders = new EventRecorders(events, "host-1", cluster.clock());
    private final Pod pod = new PodBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("web")
            .withUid("u1")
            .endMetadata()
            .build();

    private void record(String reason, String message) throws InterruptedException {
        cluster.clock().advance(Duration.ofMillis(1));
        recorders.write(new Report("kubelet", EventRecorder.reference(pod), EventType.WARNING, reason, message));
    }

    private List<Event> stored() {
        return List.copyOf(events.all());
    }

    @Test
    void writesAnEventAsKubernetesShapesIt() throws InterruptedException {
        record("BackOff", "Back-off restarting failed container");
        Event event = stored().getFirst();
        assertThat(event.getMetadata().getNamespace()).isEqualTo("default");
        assertThat(event.getMetadata().getName()).startsWith("web.");
        assertThat(event.getType()).isEqualTo("Warning");
        assertThat(event.getReason()).isEqualTo("BackOff");
        assertThat(event.getMessage()).isEqualTo("Back-off restarting failed container");
        assertThat(event.getCount()).isEqualTo(1);
        assertThat(event.getInvolvedObject().getKind()).isEqualTo("Pod");
        assertThat(event.getInvolvedObject().getUid()).isEqualTo("u1");
        assertThat(event.getSource().getComponent()).isEqualTo("kubelet");
        assertThat(event.getReportingComponent()).isEqualTo("kubelet");
        assertThat(event.getFirstTimestamp()).isEqualTo("2026-01-01T00:00:00Z");
    }

    @Test
    void countsUpWhatRepeats() throws InterruptedException {
        record("BackOff", "again");
        cluster.clock().advance(Duration.ofSeconds(30));
        record("BackOff", "again");
        record("BackOff", "again");
        assertThat(stored()).hasSize(1);
        assertThat(stored().getFirst().getCount()).isEqualTo(3);
        assertThat(stored().getFirst().getFirstTimestamp()).isEqualTo("2026-01-01T00:00:00Z");
        assertThat(stored().getFirst().getLastTimestamp()).isEqualTo("2026-01-01T00:00:30Z");
    }

    @Test
    void tellsTheContainersOfAPodApart() throws InterruptedException {
        for (String container : List.of("one", "two", "one")) {
            var part = EventRecorder.reference(pod);
            part.setFieldPath("spec.containers{" + container + "}");
            cluster.clock().advance(Duration.ofMillis(1));
            recorders.write(new Report("kubelet", part, EventType.NORMAL, "Started", "Container started"));
        }
        assertThat(stored())
                .extracting(e -> e.getInvolvedObject().getFieldPath() + " " + e.getCount())
                .containsExactlyInAnyOrder("spec.containers{one} 2", "spec.containers{two} 1");
    }

    @Test
    void goesOnCountingInANewEventWhenTheOldOneExpired() throws InterruptedException {
        record("BackOff", "again");
        ObjectKey old = ObjectKeys.of(stored().getFirst());
        events.remove(old);
        record("BackOff", "again");
        assertThat(stored()).hasSize(1);
        assertThat(stored().getFirst().getCount()).isEqualTo(2);
        record("BackOff", "again");
        assertThat(stored().getFirst().getCount()).isEqualTo(3);
    }

    @Test
    void combinesEventsThatDifferOnlyInTheirMessage() throws InterruptedException {
        for (int i = 1; i <= 15; i++) {
            record("Failed", "attempt " + i);
        }
        assertThat(stored()).hasSize(10);
        Event combined = stored().stream()
                .filter(event -> event.getMessage().startsWith("(combined"))
                .findFirst()
                .orElseThrow();
        assertThat(combined.getMessage()).isEqualTo("(combined from similar events): attempt 15");
        assertThat(combined.getCount()).isEqualTo(6);
    }

    @Test
    void throttlesAnObjectThatCausesTooMany() throws InterruptedException {
        for (int i = 0; i < 40; i++) {
            record("Reason" + i, "message");
        }
        assertThat(stored()).hasSize(25);
        cluster.clock().advance(Duration.ofMinutes(5));
        record("Late", "message");
        assertThat(stored()).hasSize(26);
    }

    @Test
    void putsEventsOfClusterScopedObjectsIntoTheDefaultNamespace() throws InterruptedException {
        pod.getMetadata().setNamespace(null);
        record("BackOff", "again");
        assertThat(stored().getFirst().getMetadata().getNamespace()).isEqualTo("default");
    }

    @Test
    void writesTheNextEventAfterOneThatCouldNotBeWritten() throws InterruptedException {
        events.failWrites(write -> {
            throw new IllegalStateException("an answer that nobody foresaw");
        });
        record("BackOff", "again");
        events.failWrites(write -> null);
        record("Pulled", "there");
        assertThat(stored()).extracting(Event::getReason).containsExactly("Pulled");
    }

    @Test
    void writesInTheBackgroundAndFinishesOnClose() {
        recorders.start();
        recorders.of("deployment-controller").normal(pod, "ScalingReplicaSet", "Scaled up");
        recorders.close();
        assertThat(stored()).hasSize(1);
    }
}
