package io.kybern.endpoint.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlicePlannerTest {

    private final SlicePlanner planner = new SlicePlanner("test");
    private final Service service = new ServiceBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("web")
            .withUid("service-uid")
            .endMetadata()
            .withNewSpec()
            .withClusterIP("10.96.0.7")
            .addNewPort()
            .withName("http")
            .withPort(80)
            .withNewTargetPort(8080)
            .endPort()
            .endSpec()
            .build();
    private int names;

    private PodEndpoint endpoint(int number, boolean ready) {
        Pod pod = new PodBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("pod-" + number)
                .withUid("uid-" + number)
                .endMetadata()
                .withNewSpec()
                .withNodeName("node-1")
                .endSpec()
                .withNewStatus()
                .withPodIP("10.244." + number / 250 + "." + (number % 250 + 2))
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready ? "True" : "False")
                .endCondition()
                .endStatus()
                .build();
        return PodEndpoint.of(service, pod).orElseThrow();
    }

    private List<PodEndpoint> endpoints(int count) {
        return IntStream.range(0, count).mapToObj(i -> endpoint(i, true)).toList();
    }

    /** What the API server would hold after the actions. */
    private List<EndpointSlice> carryOut(List<EndpointSlice> present, List<SlicePlanner.Action> actions) {
        List<EndpointSlice> slices = new ArrayList<>(present);
        for (SlicePlanner.Action action : actions) {
            switch (action) {
                case SlicePlanner.Action.Create create ->
                    slices.add(new EndpointSliceBuilder(create.slice())
                            .editMetadata()
                            .withName("web-" + names++)
                            .endMetadata()
                            .build());
                case SlicePlanner.Action.Update update ->
                    slices.replaceAll(slice -> slice.getMetadata()
                                    .getName()
                                    .equals(update.slice().getMetadata().getName())
                            ? update.slice()
                            : slice);
                case SlicePlanner.Action.Delete delete -> slices.remove(delete.slice());
            }
        }
        return slices;
    }

    @Test
    void aHundredEndpointsShareASlice() {
        List<EndpointSlice> slices = carryOut(List.of(), planner.plan(service, endpoints(250), List.of()));
        assertThat(slices).hasSize(3).allSatisfy(slice -> assertThat(slice.getEndpoints())
                .hasSizeBetween(1, 100));
    }

    @Test
    void nothingIsWrittenWhenNothingChanged() {
        List<EndpointSlice> slices = carryOut(List.of(), planner.plan(service, endpoints(120), List.of()));
        assertThat(planner.plan(service, endpoints(120), slices)).isEmpty();
    }

    @Test
    void aServiceWithoutEndpointsKeepsOneEmptySlice() {
        List<EndpointSlice> slices = carryOut(List.of(), planner.plan(service, List.of(), List.of()));
        assertThat(slices).singleElement().satisfies(slice -> assertThat(slice.getEndpoints())
                .isEmpty());
        assertThat(planner.plan(service, List.of(), slices)).isEmpty();
    }

    @Test
    void podsThatAreNotReadyAreInItAsSuch() {
        List<EndpointSlice> slices = carryOut(List.of(), planner.plan(service, List.of(endpoint(1, false)), List.of()));
        Endpoint endpoint = slices.getFirst().getEndpoints().getFirst();
        assertThat(endpoint.getConditions().getReady()).isFalse();
        assertThat(slices.getFirst().getPorts().getFirst().getPort()).isEqualTo(8080);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void whateverHappensEveryEndpointIsInExactlyOneSlice(long seed) {
        Random random = new Random(seed);
        List<EndpointSlice> slices = List.of();
        for (int step = 0; step < 10; step++) {
            List<PodEndpoint> wanted = IntStream.range(0, 300)
                    .filter(i -> random.nextInt(3) > 0)
                    .mapToObj(i -> endpoint(i, random.nextBoolean()))
                    .toList();
            slices = carryOut(slices, planner.plan(service, wanted, slices));

            assertThat(slices.stream()
                            .flatMap(slice -> slice.getEndpoints().stream())
                            .map(each -> each.getAddresses().getFirst()))
                    .as("seed %d, step %d", seed, step)
                    .containsExactlyInAnyOrderElementsOf(
                            wanted.stream().map(PodEndpoint::ip).toList());
            assertThat(slices)
                    .allSatisfy(slice -> assertThat(slice.getEndpoints()).hasSizeLessThanOrEqualTo(100));
        }
    }
}
