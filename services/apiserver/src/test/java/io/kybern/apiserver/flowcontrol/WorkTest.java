package io.kybern.apiserver.flowcontrol;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.kybern.apiserver.request.QueryParameters;
import io.kybern.apiserver.request.RequestInfo;
import io.kybern.apiserver.watch.CachedObject;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.Selection;
import io.kybern.apiserver.watch.Snapshot;
import io.kybern.apiserver.watch.Watch;
import io.kybern.apiserver.watch.WatchCache;
import io.kybern.apiserver.watch.WatchOptions;
import io.kybern.apiserver.watch.WatchSink;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkTest {

    /** A cache of that many objects in a namespace, twice as many in all, and that many watches. */
    private record Crowd(int objects, int watches) implements WatchCache, Snapshot {

        @Override
        public CompletableFuture<Snapshot> snapshot(GroupResource resource, RevisionRequest wanted) {
            return CompletableFuture.completedFuture(this);
        }

        @Override
        public Watch watch(
                GroupResource resource, long fromRevision, Selection selection, WatchOptions options, WatchSink sink) {
            throw new UnsupportedOperationException("nobody watches");
        }

        @Override
        public int watches(GroupResource resource) {
            return watches;
        }

        @Override
        public void forget(GroupResource resource) {
            // there is nothing
        }

        @Override
        public long revision() {
            return 1;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public Iterable<CachedObject> range(String namespace, @Nullable ObjectKey after) {
            return List.of();
        }

        @Override
        public Optional<CachedObject> get(ObjectKey key) {
            return Optional.empty();
        }

        @Override
        public boolean sameObjects(Snapshot other) {
            return other == this;
        }

        @Override
        public int count(String namespace) {
            return namespace.isEmpty() ? 2 * objects : objects;
        }
    }

    private static Work work(String method, String path, Crowd crowd, int nominal) {
        String bare = path.contains("?") ? path.substring(0, path.indexOf('?')) : path;
        QueryParameters query = QueryParameters.of(path);
        return Work.of(RequestInfo.parse(method, bare, query), query, crowd, nominal);
    }

    @ParameterizedTest
    @CsvSource({
        "/api/v1/namespaces/a/pods, 0, 1",
        "/api/v1/namespaces/a/pods, 100, 1",
        "/api/v1/namespaces/a/pods, 101, 2",
        "/api/v1/pods, 101, 3",
        "/api/v1/pods, 100000, 10",
        "/api/v1/namespaces/a/pods/one, 100000, 1",
        "/api/v1/namespaces/a/pods?fieldSelector=metadata.name=one, 100000, 1",
        "/api/v1/pods?watch=true, 301, 7",
        "/api/v1/pods?watch=true&resourceVersion=0, 301, 7",
        "/api/v1/pods?watch=true&resourceVersion=5, 301, 1",
        "/api/v1/pods?watch=true&resourceVersion=5&sendInitialEvents=true, 301, 7",
        "/version, 100000, 1"
    })
    void aReaderTakesSeatsByWhatItGoesThrough(String path, int objects, int seats) {
        assertThat(work("GET", path, new Crowd(objects, 0), 600).seats()).isEqualTo(seats);
    }

    @Test
    void aWriterHoldsSeatsForTheWatchesThatHaveToBeTold() {
        String path = "/api/v1/namespaces/a/pods";

        assertThat(work("POST", path, new Crowd(1000, 9), 600)).isEqualTo(Work.PLAIN);
        assertThat(work("POST", path, new Crowd(1000, 41), 600)).isEqualTo(new Work(1, 5, Duration.ofMillis(5)));
        assertThat(work("PUT", path + "/x", new Crowd(0, 200), 600)).isEqualTo(new Work(1, 10, Duration.ofMillis(10)));
        assertThat(work("POST", "/api/v1/namespaces/a/serviceaccounts/x/token", new Crowd(0, 200), 600))
                .isEqualTo(Work.PLAIN);
    }

    @Test
    void noRequestTakesMoreThanItsPartOfALevel() {
        assertThat(work("GET", "/api/v1/pods", new Crowd(10000, 0), 20).seats()).isEqualTo(3);
        assertThat(work("GET", "/api/v1/pods", new Crowd(10000, 0), 0).seats()).isEqualTo(1);
        assertThat(work("DELETE", "/api/v1/namespaces/a/pods/x", new Crowd(0, 1000), 20))
                .isEqualTo(new Work(1, 3, Duration.ofNanos(166_666_666)));
    }
}
