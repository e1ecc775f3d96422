package io.kybern.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.GroupResource;
import io.kybern.api.GroupVersionResource;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.api.Verb;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Timeout(120)
final class StreamInformerFactoryTest {

    private static final ObjectKey A = new ObjectKey("default", "a");
    private static final ObjectKey B = new ObjectKey("other", "b");

    /** No machine stands still for so long: only what is said makes an informer list. */
    private static final Duration PATIENT = Duration.ofHours(1);

    private final Model model = new Model();
    private volatile CountDownLatch held = new CountDownLatch(0);
    private final AtomicInteger lists = new AtomicInteger();
    private final List<ObjectChange<JsonNode>> changes = new CopyOnWriteArrayList<>();
    private StreamInformerFactory factory;
    private Informer<JsonNode> informer;

    StreamInformerFactoryTest() {
        create(PATIENT);
    }

    private void create(Duration bookmarkInterval) {
        factory = new StreamInformerFactory(
                EventTopics.of(ResourceRegistry.builtIn()),
                new InformerProperties(
                        bookmarkInterval, Duration.ofMillis(500), Duration.ofDays(1), Duration.ofMillis(5)),
                Clock.systemUTC());
        informer = factory.informer(Model.spec(this::list));
    }

    /** Lists of their own accord come soon then, however slow the machine is: nothing may count them. */
    private void hearsSilenceSoon() {
        factory.close();
        create(Duration.ofMillis(200));
    }

    private ListResult<JsonNode> list() throws InterruptedException {
        ListResult<JsonNode> result = model.list();
        lists.incrementAndGet();
        held.await();
        return result;
    }

    @AfterEach
    void stop() {
        factory.close();
    }

    private void start() throws InterruptedException {
        attach();
        factory.accept(List.of(model.bookmark()));
    }

    private void attach() throws InterruptedException {
        informer.onChange(changes::add);
        factory.start();
        factory.attached(List.of(Model.TOPIC));
        Awaitility.await().until(informer::hasSynced);
        Awaitility.await("the list after the attachment").until(() -> lists.get() >= 2);
    }

    @Test
    void informersOfCustomResourcesMayComeAndGoWhileOthersRun() throws InterruptedException {
        factory.followCustom();
        start();
        assertThat(factory.topics()).contains(EventTopics.CUSTOM);
        GroupResource widgets = new GroupResource("example.com", "widgets");
        InformerSpec<JsonNode> builtIn = Model.spec(this::list);
        ResourceType type = new ResourceType(
                new GroupVersionResource("example.com", "v1", "widgets"),
                "Widget",
                true,
                List.of(),
                List.of(),
                Set.of(Verb.LIST),
                Map.of(),
                widgets);
        InformerSpec<JsonNode> spec = new InformerSpec<>(
                type,
                JsonNode.class,
                builtIn.decoder(),
                () -> new ListResult<>(List.of(), 0),
                builtIn.key(),
                builtIn.revision());
        Informer<JsonNode> custom = factory.informer(spec);
        factory.start();
        Awaitility.await().until(custom::hasSynced);
        ObjectEvent seen = model.put(A);
        factory.accept(List.of(new ObjectEvent(
                seen.type(), EventTopics.CUSTOM, widgets, seen.key(), seen.revision(), 1, seen.object())));
        Awaitility.await().until(() -> custom.get(A).isPresent());
        factory.forget(widgets);
        assertThat(factory.informer(spec)).isNotSameAs(custom);
    }

    @Test
    void listsFirstAndFollowsTheTopicThen() throws InterruptedException {
        model.put(A);
        start();
        factory.accept(List.of(model.put(B)));

        assertThat(Model.names(informer.list())).containsExactly("a@1", "b@2");
        assertThat(Model.names(informer.byNamespace("other"))).containsExactly("b@2");
        assertThat(informer.await(2, Duration.ofSeconds(30))).isTrue();
        assertThat(changes).extracting(ObjectChange::key).containsExactly(A, B);
    }

    @Test
    void asksForNoListWhileNothingIsLost() throws InterruptedException {
        start();
        for (int i = 0; i < 50; i++) {
            factory.accept(List.of(model.put(A)));
            factory.accept(List.of(model.bookmark()));
        }
        assertThat(lists).hasValue(2);
        assertThat(informer.revision()).isEqualTo(50);
    }

    @Test
    void listsAgainWhenAnEventWasLost() throws InterruptedException {
        start();
        model.put(A);
        factory.accept(List.of(model.put(B)));

        Awaitility.await()
                .untilAsserted(() -> assertThat(Model.names(informer.list())).containsExactly("a@1", "b@2"));
        assertThat(informer.await(2, Duration.ofSeconds(30))).isTrue();
    }

    @Test
    void asksWhetherSomethingWasLostBeforeTheFirstRecordAfterAnAttachment() throws InterruptedException {
        attach();
        model.put(A);
        factory.accept(List.of(model.put(B)));

        Awaitility.await()
                .untilAsserted(() -> assertThat(Model.names(informer.list())).containsExactly("a@1", "b@2"));
        assertThat(lists).hasValue(3);
    }

    @Test
    void aListThatEventsHaveOvertakenTakesNothingBack() throws InterruptedException {
        hearsSilenceSoon();
        start();
        factory.accept(List.of(model.put(A)));
        CountDownLatch answer = new CountDownLatch(1);
        held = answer;
        int before = lists.get();
        Awaitility.await("a list because of the silence").until(() -> lists.get() > before);
        factory.accept(List.of(model.put(B)));
        assertThat(informer.revision()).isEqualTo(2);
        answer.countDown();
        Awaitility.await("one more list").until(() -> lists.get() > before + 1);
        factory.accept(List.of(model.bookmark()));

        assertThat(Model.names(informer.list())).containsExactly("a@1", "b@2");
        assertThat(changes).extracting(ObjectChange::key).containsExactly(A, B);
    }

    @Test
    void listsAgainWhenABookmarkShowsALoss() throws InterruptedException {
        start();
        model.put(A);
        factory.accept(List.of(model.bookmark()));

        Awaitility.await().until(() -> informer.get(A).isPresent());
    }

    @Test
    void keepsListingWhileTheTopicIsSilent() throws InterruptedException {
        hearsSilenceSoon();
        start();
        model.put(A);

        Awaitility.await().until(() -> informer.get(A).isPresent());
        assertThat(informer.await(1, Duration.ofSeconds(30))).isTrue();
    }

    @Test
    void tellsWhichTopicsAreSilentUntilTheyAreHeardAgain() throws InterruptedException {
        hearsSilenceSoon();
        start();
        Awaitility.await("the topic is silent")
                .untilAsserted(() -> assertThat(factory.silentTopics()).containsExactly(Model.TOPIC));

        Awaitility.await("the topic is heard").until(() -> {
            factory.accept(List.of(model.bookmark()));
            return factory.silentTopics().isEmpty();
        });
    }

    @Test
    void neverBringsBackWhatWasDeleted() throws InterruptedException {
        start();
        ObjectEvent put = model.put(A);
        factory.accept(List.of(put));
        factory.accept(List.of(model.delete(A)));
        factory.accept(List.of(put));

        assertThat(informer.list()).isEmpty();
    }

    @Test
    void doesNotPromiseARevisionThatItDoesNotHave() throws InterruptedException {
        start();
        assertThat(informer.await(99, Duration.ofMillis(50))).isFalse();
    }

    @Test
    void startsAnewWithAStoreThatLostEverything() throws InterruptedException {
        start();
        factory.accept(List.of(model.put(A)));
        factory.accept(List.of(model.put(B)));
        model.lose();
        model.put(B);
        for (int i = 0; i < 3; i++) {
            factory.accept(List.of(model.bookmark()));
        }

        Awaitility.await()
                .untilAsserted(() -> assertThat(Model.names(informer.list())).containsExactly("b@1"));
        assertThat(informer.revision()).isEqualTo(1);
    }

    @Test
    void findsObjectsByIndex() throws InterruptedException {
        informer.addIndex("name", object -> List.of(KubeObject.name(object)));
        start();
        factory.accept(List.of(model.put(A)));
        factory.accept(List.of(model.put(B)));
        factory.accept(List.of(model.put(B)));

        assertThat(Model.names(informer.byIndex("name", "b"))).containsExactly("b@3");
        factory.accept(List.of(model.delete(B)));
        assertThat(informer.byIndex("name", "b")).isEmpty();
        assertThatThrownBy(() -> informer.byIndex("none", "b")).hasMessageContaining("no index \"none\"");
    }

    @Test
    void whatAnInformerCannotTakeInIsListed() throws InterruptedException {
        AtomicBoolean fails = new AtomicBoolean();
        informer.addIndex("fragile", object -> {
            if (fails.getAndSet(false)) {
                throw new IllegalStateException("no index for that");
            }
            return List.of();
        });
        start();
        int before = lists.get();
        fails.set(true);

        factory.accept(List.of(model.put(A), model.put(B)));

        assertThat(informer.get(B)).isPresent();
        Awaitility.await("what was missed is listed").until(() -> {
            factory.accept(List.of(model.bookmark()));
            return informer.get(A).isPresent();
        });
        assertThat(lists).hasValueGreaterThan(before);
        assertThat(informer.await(2, Duration.ofSeconds(30))).isTrue();
    }

    @Test
    void needsTheTopicsOfItsInformersOnly() {
        assertThat(factory.topics()).containsExactly("kybern.objects.core.pods");
    }
}
