package io.kybern.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.node.runtime.ContainerSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RelistTest {

    private final FakeRuntime runtime = new FakeRuntime();
    private final List<String> changed = new ArrayList<>();
    private final AtomicInteger everything = new AtomicInteger();
    private final Relist relist = new Relist(runtime, PodFixture.NODE, changed::add, everything::incrementAndGet);

    private String container(String pod) {
        return container(pod, PodFixture.NODE);
    }

    private String container(String pod, String node) {
        String id = runtime.create(new ContainerSpec(
                "x",
                "kybern/testbox:1",
                null,
                null,
                List.of(),
                null,
                Map.of(PodLabels.UID, pod, PodLabels.NODE, node),
                List.of(),
                List.of(),
                new ContainerSpec.Namespaces(null, null, null, null, null),
                ContainerSpec.Security.plain(),
                ContainerSpec.Resources.none(),
                ContainerSpec.Console.none(),
                null,
                null));
        runtime.start(id);
        return id;
    }

    @Test
    void theFirstLookTellsThatNothingWasKnown() {
        container("a");
        relist.look();
        assertThat(everything).hasValue(1);
        assertThat(changed).isEmpty();
    }

    @Test
    void onlyPodsWhoseContainersChangedAreTold() {
        String ends = container("ends");
        String goes = container("goes");
        container("stays");
        relist.look();
        relist.look();
        assertThat(changed).isEmpty();

        runtime.endUnheard(ends, 1);
        runtime.remove(goes);
        container("comes");
        container("elsewhere", "another-node");
        relist.look();
        assertThat(changed).containsExactlyInAnyOrder("ends", "goes", "comes");
        relist.look();
        assertThat(changed).hasSize(3);
        assertThat(everything).hasValue(1);
    }

    @Test
    void whoCouldNotLookTellsOnceItCanThatEverythingMayHaveChanged() {
        container("a");
        relist.look();
        runtime.refuseLists(2);
        relist.look();
        relist.look();
        assertThat(everything).hasValue(1);
        relist.look();
        assertThat(everything).hasValue(2);
        assertThat(changed).isEmpty();
    }
}
