package io.kybern.apiserver.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.api.selector.FieldSelector;
import io.kybern.api.selector.LabelSelector;
import io.kybern.apiserver.storage.InMemoryStore;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.StorageException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
final class LogWatchCacheTest {

    private static final ResourceType PODS = ResourceRegistry.builtIn().require("", "v1", "pods");
    private static final Selection ALL = Selection.everything();
    private static final Selection RED =
            new Selection(null, null, LabelSelector.parse("color=red"), FieldSelector.everything());

    private final InMemoryStore memory = new InMemoryStore();
    private final ObjectStore store = memory.objectStore();
    private LogWatchCache cache;
    private CacheFeed feed;

    @BeforeEach
    void start() {
        start(properties(Duration.ofHours(1)));
    }

    private static WatchProperties properties(Duration listRetention) {
        return properties(Duration.ofSeconds(30), listRetention);
    }

    private static WatchProperties properties(Duration patience, Duration listRetention) {
        return new WatchProperties(5, 1 << 20, 3, Duration.ofMillis(50), patience, Duration.ofHours(1), listRetention);
    }

    private void start(WatchProperties properties) {
        cache = new LogWatchCache(memory, properties);
        feed = new CacheFeed(memory, new CachedObjectReader(SelectableFields.metadataOnly()), cache);
        feed.start();
        Awaitility.await().until(cache::isReady);
    }

    @AfterEach
    void stop() throws InterruptedException {
        feed.close();
        cache.close();
    }

    private static ObjectNode pod(String name, String color) {
        ObjectNode pod = Json.object();
        pod.put("apiVersion", "v1").put("kind", "Pod");
        KubeObject.metadata(pod).put("name", name).putObject("labels").put("color", color);
        return pod;
    }

    private static ObjectKey key(String name) {
        return new ObjectKey(name.startsWith("x") ? "other" : "default", name);
    }

    private long create(String name) {
        return store.create(PODS, key(name), pod(name, "red")).join().revision();
    }

    private long paint(String name, long revision, String color) {
        return store.update(PODS, key(name), revision, pod(name, color)).join().revision();
    }

    private Snapshot snapshot(RevisionRequest wanted) {
        return joined(cache.snapshot(PODS.storage(), wanted));
    }

    private static <T> T joined(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (RuntimeException e) {
            throw StorageException.of(e);
        }
    }

    private RecordingSink watch(long from, Selection selection, WatchOptions options) {
        RecordingSink sink = new RecordingSink();
        cache.watch(PODS.storage(), from, selection, options, sink);
        return sink;
    }

    private static void hears(RecordingSink sink, String... events) {
        Awaitility.await("the watch hears " + List.of(events))
                .untilAsserted(() -> assertThat(sink.texts()).containsExactly(events));
    }

    private static List<String> names(Iterable<CachedObject> objects) {
        return StreamSupport.stream(objects.spliterator(), false)
                .map(object -> object.key().name())
                .toList();
    }

    @Test
    void readsItsOwnWritesWhenAskedForTheLatest() {
        for (int i = 0; i < 20; i++) {
            long revision = create("p" + i);
            Snapshot snapshot = snapshot(RevisionRequest.latest());
            assertThat(snapshot.revision()).isGreaterThanOrEqualTo(revision);
            assertThat(snapshot.get(key("p" + i))).isPresent();
        }
    }

    @Test
    void listsInTheOrderOfKeysAndByNamespace() {
        List.of("b", "a", "xb", "xa", "c").forEach(this::create);
        Snapshot snapshot = snapshot(RevisionRequest.latest());

        assertThat(names(snapshot.range("", null))).containsExactly("a", "b", "c", "xa", "xb");
        assertThat(names(snapshot.range("default", null))).containsExactly("a", "b", "c");
        assertThat(names(snapshot.range("default", key("a")))).containsExactly("b", "c");
        assertThat(names(snapshot.range("", key("b")))).containsExactly("c", "xa", "xb");
        assertThat(snapshot.count("")).isEqualTo(5);
        assertThat(snapshot.count("other")).isEqualTo(2);
        assertThat(snapshot.count("none")).isZero();
    }

    @Test
    void listsInPiecesFromOneState() {
        create("a");
        long then = create("b");
        create("c");

        assertThat(names(snapshot(RevisionRequest.exact(then)).range("", null))).containsExactly("a", "b");
    }

    @Test
    void anOldStateIsNotListedEvenIfNothingOfItsKindHasChangedSince() throws InterruptedException {
        stop();
        start(properties(Duration.ofMillis(100)));
        long then = create("a");
        ObjectNode other = Json.object().put("apiVersion", "v1").put("kind", "ConfigMap");
        other.putObject("metadata").put("name", "other").put("namespace", "default");
        store.create(ResourceRegistry.builtIn().require("", "v1", "configmaps"), key("other"), other)
                .join();

        Awaitility.await().untilAsserted(() -> assertThatThrownBy(() -> snapshot(RevisionRequest.exact(then)))
                .isInstanceOf(StorageException.RevisionTooOld.class));
        assertThat(names(snapshot(RevisionRequest.latest()).range("", null))).containsExactly("a");
    }

    @Test
    void saysWhenAnExactStateIsForgotten() {
        long first = create("a");
        for (int i = 0; i < 10; i++) {
            create("p" + i);
        }
        // until the cache has taken in the rest, it still has the first state
        snapshot(RevisionRequest.latest());
        assertThatThrownBy(() -> snapshot(RevisionRequest.exact(first)))
                .isInstanceOf(StorageException.RevisionTooOld.class);
    }

    @Test
    void waitsForARevisionOnlySoLong() throws InterruptedException {
        stop();
        start(properties(Duration.ofMillis(300), Duration.ofHours(1)));
        assertThatThrownBy(() -> snapshot(RevisionRequest.atLeast(99)))
                .isInstanceOf(StorageException.RevisionTooLarge.class)
                .hasMessageContaining("Too large resource version: 99, current: 0");
    }

    @Test
    void showsTheRevisionInTheEncodedObject() {
        long revision = create("a");
        ObjectNode tree = snapshot(RevisionRequest.atLeast(revision))
                .get(key("a"))
                .orElseThrow()
                .tree();

        assertThat(KubeObject.resourceVersion(tree)).isEqualTo(Long.toString(revision));
        assertThat(tree.path("kind").asString()).isEqualTo("Pod");
    }

    @Test
    void watchesFromAPastRevision() {
        long first = create("a");
        long second = paint("a", first, "blue");
        RecordingSink sink = watch(first, ALL, WatchOptions.none());
        long third = create("b");

        hears(sink, "MODIFIED a " + second, "ADDED b " + third);
    }

    @Test
    void watchesFromTheNewestStateWhenNoRevisionIsGiven() {
        long first = create("a");
        RecordingSink sink = watch(Watch.UNSET, ALL, WatchOptions.none());
        hears(sink, "ADDED a " + first);
        long second = create("b");
        hears(sink, "ADDED a " + first, "ADDED b " + second);
    }

    @Test
    void endsTheInitialStateWithABookmarkWhenAsked() {
        long first = create("a");
        RecordingSink sink = watch(first, ALL, new WatchOptions(true, true));

        Awaitility.await().until(() -> sink.texts().size() >= 2);
        assertThat(sink.texts().subList(0, 2)).containsExactly("ADDED a " + first, "END " + first);
    }

    @Test
    void tellsObjectsThatEnterAndLeaveTheSelection() {
        long first = create("a");
        RecordingSink sink = watch(first, RED, WatchOptions.none());
        long out = paint("a", first, "blue");
        long in = paint("a", out, "red");
        long gone = store.delete(PODS, key("a"), in, pod("a", "red")).join().revision();

        hears(sink, "DELETED a " + out, "ADDED a " + in, "DELETED a " + gone);
    }

    @Test
    void saysWhenARevisionIsTooOldToWatchFrom() {
        long first = create("a");
        for (int i = 0; i < 10; i++) {
            create("p" + i);
        }
        joined(cache.snapshot(PODS.storage(), RevisionRequest.latest()));
        RecordingSink sink = watch(first, ALL, WatchOptions.none());

        Awaitility.await().until(sink::isClosed);
        assertThat(sink.events()).singleElement().isInstanceOfSatisfying(WatchEvent.Failed.class, failed -> assertThat(
                        failed.error())
                .isInstanceOf(StorageException.RevisionTooOld.class));
    }

    @Test
    void closesAReaderThatIsTooSlowAndNobodyElse() {
        long first = create("a");
        RecordingSink slow = new RecordingSink(0, null);
        cache.watch(PODS.storage(), first, ALL, WatchOptions.none(), slow);
        RecordingSink quick = watch(first, ALL, WatchOptions.none());
        for (int i = 0; i < 10; i++) {
            long revision = create("p" + i);
            Awaitility.await().until(() -> quick.texts().contains("ADDED p" + revisionName(revision, first)));
        }

        Awaitility.await().until(slow::isClosed);
        assertThat(slow.events()).isEmpty();
        assertThat(quick.events()).hasSize(10);
        assertThat(quick.isClosed()).isFalse();
    }

    private static String revisionName(long revision, long first) {
        return (revision - first - 1) + " " + revision;
    }

    @Test
    void sendsBookmarksThatNeverOvertakeAnEvent() {
        long first = create("a");
        RecordingSink sink = watch(first, RED, new WatchOptions(true, false));
        long other = paint("a", first, "blue");
        Awaitility.await().until(() -> sink.texts().contains("BOOKMARK " + other));

        assertThat(sink.texts().indexOf("DELETED a " + other))
                .isLessThan(sink.texts().indexOf("BOOKMARK " + other));
    }

    @Test
    void rebuildsWhenTheLogHasAGap() throws InterruptedException {
        create("a");
        snapshot(RevisionRequest.latest());
        feed.close();
        create("b");
        create("c");
        memory.trim(3).join();
        RecordingSink sink = watch(Watch.ANY, ALL, WatchOptions.none());
        feed = new CacheFeed(memory, new CachedObjectReader(SelectableFields.metadataOnly()), cache);
        feed.start();

        Awaitility.await().until(sink::isClosed);
        assertThat(names(snapshot(RevisionRequest.latest()).range("", null))).containsExactly("a", "b", "c");
    }

    @Test
    void rebuildsWhenTheStoreLostItsVolume() {
        create("a");
        create("b");
        snapshot(RevisionRequest.latest());
        memory.lose();
        create("c");

        Awaitility.await().until(() -> cache.revision() == 1);
        assertThat(names(snapshot(RevisionRequest.any()).range("", null))).containsExactly("c");
    }
}
