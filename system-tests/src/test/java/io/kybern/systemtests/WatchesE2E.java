package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.systemtests.ClusterApi.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What watchers are told, and from when on. */
class WatchesE2E extends ApiTest {

    private static final int WATCHES = 100;

    private String maps(String selector) {
        return "/api/v1/namespaces/" + kubectl.namespace() + "/configmaps" + selector;
    }

    private String map(String name) {
        return maps("/" + name);
    }

    private Answer create(String name, String label) {
        return api.post(
                        maps(""),
                        "{ metadata: { name: %s, labels: { watch: %s } }, data: { mutation: '0' } }"
                                .formatted(name, label))
                .ok();
    }

    private Answer change(String name, String value) {
        return api.patch(map(name), ClusterApi.MERGE, "{\"data\":{\"mutation\":\"%s\"}}".formatted(value))
                .ok();
    }

    private void relabel(String name, String label) {
        api.patch(map(name), ClusterApi.MERGE, "{\"metadata\":{\"labels\":{\"watch\":\"%s\"}}}".formatted(label))
                .ok();
    }

    private String now() {
        return api.get(maps("")).at("/metadata/resourceVersion");
    }

    private static void tells(EventWatch watch, String... events) {
        eventually("the watch tells of everything")
                .untilAsserted(() -> assertThat(watch.told()).containsExactly(events));
    }

    @Test
    void everyWatcherIsToldOfWhatItSelects() {
        String from = now();
        try (EventWatch a = EventWatch.from(api, maps("?labelSelector=watch%3Da"), from);
                EventWatch b = EventWatch.from(api, maps("?labelSelector=watch%3Db"), from);
                EventWatch both = EventWatch.from(api, maps("?labelSelector=watch+in+(a,b)"), from)) {
            create("sel-a", "a");
            change("sel-a", "1");
            create("sel-b", "b");
            api.delete(map("sel-a")).ok();
            api.delete(map("sel-b")).ok();

            tells(a, "ADDED sel-a", "MODIFIED sel-a", "DELETED sel-a");
            tells(b, "ADDED sel-b", "DELETED sel-b");
            tells(both, "ADDED sel-a", "MODIFIED sel-a", "ADDED sel-b", "DELETED sel-a", "DELETED sel-b");
        }
    }

    @Test
    void aWatchBeginsAtAPastVersion() {
        create("past", "past");
        String first = change("past", "1").at("/metadata/resourceVersion");
        change("past", "2");
        api.delete(map("past")).ok();
        try (EventWatch watch = EventWatch.from(api, maps("?labelSelector=watch%3Dpast"), first)) {
            tells(watch, "MODIFIED past", "DELETED past");
        }
    }

    @Test
    void aWatchIsTakenUpWhereTheLastOneEnded() {
        String from = now();
        String last;
        try (EventWatch watch = EventWatch.from(api, maps("?labelSelector=watch%3Dresumed"), from)) {
            create("resumed", "resumed");
            change("resumed", "1");
            tells(watch, "ADDED resumed", "MODIFIED resumed");
            last = watch.revisions().getLast();
        }
        change("resumed", "2");
        api.delete(map("resumed")).ok();
        try (EventWatch watch = EventWatch.from(api, maps("?labelSelector=watch%3Dresumed"), last)) {
            tells(watch, "MODIFIED resumed", "DELETED resumed");
        }
    }

    @Test
    void whatLeavesTheSelectionIsDeletedAndAddedWhenItComesBack() {
        String from = now();
        try (EventWatch watch = EventWatch.from(api, maps("?labelSelector=watch%3Dmoving"), from)) {
            create("moving", "moving");
            change("moving", "1");
            relabel("moving", "elsewhere");
            change("moving", "2");
            relabel("moving", "moving");
            change("moving", "3");
            api.delete(map("moving")).ok();

            tells(
                    watch,
                    "ADDED moving",
                    "MODIFIED moving",
                    "DELETED moving",
                    "ADDED moving",
                    "MODIFIED moving",
                    "DELETED moving");
            assertThat(watch.events().stream()
                            .map(each -> each.at("/object/data/mutation").asString()))
                    .as("what leaves is shown as it was, what comes back as it is")
                    .containsExactly("0", "1", "1", "2", "3", "3");
        }
    }

    @Test
    void aHundredWatchesSeeOneOrder() {
        AtomicBoolean stop = new AtomicBoolean();
        CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> writeUntil(stop), Thread::startVirtualThread);
        List<EventWatch> watches = new ArrayList<>();
        try {
            String from = now();
            for (int i = 0; i < WATCHES; i++) {
                EventWatch watch = EventWatch.from(api, maps("?labelSelector=watch%3Dorder"), from);
                watches.add(watch);
                eventually("the watch has begun")
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> !watch.revisions().isEmpty());
                from = watch.revisions().getFirst();
            }
            stop.set(true);
            writer.join();
            String last = create("order-last", "order").at("/metadata/resourceVersion");
            eventually("every watch has come to the end").until(() -> watches.stream()
                    .allMatch(each -> each.revisions().getLast().equals(last)));
            List<String> whole = watches.getFirst().revisions();
            assertThat(whole).doesNotHaveDuplicates().hasSizeGreaterThan(WATCHES);
            for (EventWatch watch : watches) {
                List<String> seen = watch.revisions();
                assertThat(seen).isEqualTo(whole.subList(whole.size() - seen.size(), whole.size()));
            }
        } finally {
            stop.set(true);
            writer.exceptionally(failure -> null).join();
            watches.forEach(EventWatch::close);
        }
    }

    private void writeUntil(AtomicBoolean stop) {
        for (int i = 0; !stop.get(); i++) {
            String name = "order-" + i % 10;
            if (api.get(map(name)).code() == 404) {
                create(name, "order");
            } else if (i % 7 == 0) {
                api.delete(map(name)).ok();
            } else {
                change(name, Integer.toString(i));
            }
        }
    }
}
