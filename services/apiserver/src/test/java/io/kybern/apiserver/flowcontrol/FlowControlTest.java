package io.kybern.apiserver.flowcontrol;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.GroupResource;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.request.QueryParameters;
import io.kybern.apiserver.request.RequestInfo;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.Selection;
import io.kybern.apiserver.watch.Snapshot;
import io.kybern.apiserver.watch.Watch;
import io.kybern.apiserver.watch.WatchCache;
import io.kybern.apiserver.watch.WatchOptions;
import io.kybern.apiserver.watch.WatchSink;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FlowControlTest {

    private static final GroupResource SCHEMAS = new GroupResource("flowcontrol.apiserver.k8s.io", "flowschemas");

    /** A cache that has not read the store yet. */
    private static final class EmptyCache implements WatchCache {

        private final List<WatchSink> sinks = new ArrayList<>();
        private final AtomicInteger closed = new AtomicInteger();

        @Override
        public CompletableFuture<Snapshot> snapshot(GroupResource resource, RevisionRequest wanted) {
            return new CompletableFuture<>();
        }

        @Override
        public Watch watch(
                GroupResource resource, long fromRevision, Selection selection, WatchOptions options, WatchSink sink) {
            sinks.add(sink);
            return new Watch() {
                @Override
                public void resume() {
                    // nothing is ever held back
                }

                @Override
                public void close() {
                    closed.incrementAndGet();
                }
            };
        }

        @Override
        public void forget(GroupResource resource) {
            // there is nothing
        }

        @Override
        public long revision() {
            return 0;
        }

        @Override
        public boolean isReady() {
            return false;
        }
    }

    private final EmptyCache cache = new EmptyCache();

    @Test
    void aRequestOfTheLastMomentIsStillAnswered() {
        FlowControl control = new FlowControl(cache, 10, new SimpleMeterRegistry(), objects -> {});
        control.close();

        RequestInfo info = RequestInfo.parse("GET", "/api/v1/pods", QueryParameters.of("/api/v1/pods"));
        try (FlowControl.Ticket ticket = control.enter(
                UserInfo.of("u", List.of()), info, QueryParameters.of("/api/v1/pods"), FlowControl.Attitude.WAITS)) {
            assertThat(ticket.admitted()).isTrue();
        }
    }

    @Test
    void aWatchThatEndedIsNotKept() {
        Changes changes = new Changes(cache);
        changes.follow(SCHEMAS);
        for (int i = 0; i < 3; i++) {
            cache.sinks.getLast().closed();
        }
        assertThat(cache.sinks).hasSize(4);
        assertThat(changes.count()).isEqualTo(4);

        changes.close();
        cache.sinks.getLast().closed();

        assertThat(cache.closed).hasValue(1);
        assertThat(cache.sinks).hasSize(4);
    }

    @Test
    void aLevelThatComesBackIsTheOneThatIsShown() {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        FlowMetrics metrics = new FlowMetrics(meters);
        metrics.follow("mine", new Level(LevelSettings.CATCH_ALL, 3));
        Level again = new Level(LevelSettings.CATCH_ALL, 7);
        metrics.follow("mine", again);
        again.enter(1, Duration.ZERO);

        assertThat(meters.get("apiserver.flowcontrol.current.limit.seats")
                        .tag("priority_level", "mine")
                        .gauge()
                        .value())
                .isEqualTo(7);
        assertThat(meters.get("apiserver.flowcontrol.current.executing.seats")
                        .tag("priority_level", "mine")
                        .gauge()
                        .value())
                .isEqualTo(1);
    }

    @Test
    void theMandatoryLevelsAreWhatTheyAre() {
        LevelSettings open = new LevelSettings("catch-all", "uid", false, 500, 90, -1, 8, 2, 9);
        LevelSettings shut = new LevelSettings("exempt", "uid", false, 1, 0, 0, 0, 0, 0);
        LevelSettings other = new LevelSettings("other", "uid", false, 500, 90, -1, 8, 2, 9);

        assertThat(open.orFixed()).isEqualTo(new LevelSettings("catch-all", "uid", false, 5, 0, -1, 0, 0, 0));
        assertThat(shut.orFixed().exempt()).isTrue();
        assertThat(other.orFixed()).isSameAs(other);
    }
}
