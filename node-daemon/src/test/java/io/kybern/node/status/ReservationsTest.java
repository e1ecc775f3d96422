package io.kybern.node.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Quantity;
import io.kybern.node.eviction.EvictionProperties;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReservationsTest {

    private static final Map<String, Quantity> CAPACITY = Map.of(
            "cpu", new Quantity("2"),
            "memory", new Quantity("1048576Ki"),
            "ephemeral-storage", new Quantity("1000Ki"),
            "pods", new Quantity("110"),
            "example.com/dongle", new Quantity("3"));

    @Test
    void podsMayHaveWhatIsNotReservedNorKeptFromThem() {
        var eviction = new EvictionProperties(
                "memory.available<100Mi,nodefs.available<10%,nodefs.inodesFree<5%",
                "memory.available<500Mi", "memory.available=1m", 0, "", Duration.ZERO);
        Map<String, Quantity> allocatable = new ReservationProperties("cpu=100m,memory=24Mi", "cpu=0.4,memory=100Mi")
                .reservations(eviction::kept)
                .allocatable(CAPACITY);
        assertThat(allocatable)
                .containsEntry("cpu", new Quantity("1500m"))
                .containsEntry("memory", new Quantity(800 * 1024 + "Ki"))
                .containsEntry("ephemeral-storage", new Quantity("900Ki"))
                .as("what others added is there as a whole")
                .containsEntry("pods", new Quantity("110"))
                .containsEntry("example.com/dongle", new Quantity("3"));
    }

    @Test
    void withoutSettingsEverythingIsForPods() {
        assertThat(new ReservationProperties("", "")
                        .reservations((resource, capacity) -> 0L)
                        .allocatable(CAPACITY))
                .isEqualTo(CAPACITY);
    }

    @Test
    void nothingIsLeftWhereMoreIsReservedThanThereIs() {
        assertThat(new ReservationProperties("memory=4Gi", "cpu=3")
                        .reservations((resource, capacity) -> 0L)
                        .allocatable(CAPACITY))
                .containsEntry("cpu", new Quantity("0m"))
                .containsEntry("memory", new Quantity("0Ki"));
    }

    @Test
    void whatMakesNoSenseIsRefused() {
        assertThatThrownBy(() -> new ReservationProperties("pods=3", ""))
                .hasMessageContaining("what is reserved looks like cpu=100m")
                .hasMessageEndingWith("not pods=3");
        assertThatThrownBy(() -> new ReservationProperties("cpu=1,cpu=-2", ""))
                .hasMessage("what is reserved is not negative, as in cpu=-2");
    }
}
