package io.kybern.events;

import io.kybern.api.GroupResource;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The informers of a process, fed by one consumer. One thread, {@code informers}, takes in what the consumer reads and what lists
 * answer, and calls the handlers; the consumer waits for it, so nothing piles up.
 */
final class StreamInformerFactory implements InformerFactory, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(StreamInformerFactory.class);

    private final EventTopics topics;
    private final InformerProperties properties;
    private final Clock clock;
    private final ScheduledExecutorService owner;
    private final ExecutorService lists;
    private final Map<GroupResource, CachingInformer<?>> informers = new LinkedHashMap<>();
    private final Set<CachingInformer<?>> running = new HashSet<>();
    private volatile Set<String> silent = Set.of();
    private volatile Map<String, List<CachingInformer<?>>> byTopic = Map.of();
    private boolean started;
    private boolean followsCustom;

    /** Belongs to the owner thread. */
    private final Map<String, TopicProgress> progress = new HashMap<>();

    StreamInformerFactory(EventTopics topics, InformerProperties properties, Clock clock) {
        this.topics = topics;
        this.properties = properties;
        this.clock = clock;
        this.owner = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("informers").factory());
        this.lists = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("informer-list-", 0).factory());
    }

    @Override
    public synchronized <T> Informer<T> informer(InformerSpec<T> spec) {
        GroupResource resource = spec.type().storage();
        CachingInformer<?> known = informers.get(resource);
        if (known == null) {
            boolean custom = followsCustom && topics.topic(resource).equals(EventTopics.CUSTOM);
            if (started && !custom) {
                throw new IllegalStateException("an informer must be asked for before they start: " + resource);
            }
            CachingInformer<T> informer = new CachingInformer<>(spec, properties, clock, this::execute, lists);
            informers.put(resource, informer);
            byTopic = byTopic();
            return informer;
        }
        if (!known.spec().objectClass().equals(spec.objectClass())) {
            throw new IllegalArgumentException("the informer of " + resource + " holds "
                    + known.spec().objectClass().getName() + ", not "
                    + spec.objectClass().getName());
        }
        @SuppressWarnings("unchecked") // the class of its objects has just been compared
        Informer<T> typed = (Informer<T>) known;
        return typed;
    }

    @Override
    public synchronized void followCustom() {
        followsCustom = true;
    }

    @Override
    public synchronized void forget(GroupResource resource) {
        running.remove(informers.remove(resource));
        byTopic = byTopic();
    }

    private Map<String, List<CachingInformer<?>>> byTopic() {
        Map<String, List<CachingInformer<?>>> found = new HashMap<>();
        informers.forEach(
                (resource, informer) -> found.computeIfAbsent(topics.topic(resource), none -> new ArrayList<>())
                        .add(informer));
        return Map.copyOf(found);
    }

    /** The topics that the informers need. */
    synchronized Set<String> topics() {
        Set<String> needed = new TreeSet<>();
        informers.keySet().forEach(resource -> needed.add(topics.topic(resource)));
        if (followsCustom) {
            needed.add(EventTopics.CUSTOM);
        }
        return needed;
    }

    @Override
    public synchronized void start() {
        List<CachingInformer<?>> fresh =
                informers.values().stream().filter(running::add).toList();
        execute(() -> fresh.forEach(CachingInformer::start));
        if (!started) {
            started = true;
            owner.scheduleWithFixedDelay(this::tick, 1, 1, TimeUnit.SECONDS);
        }
    }

    private synchronized List<CachingInformer<?>> running() {
        return new ArrayList<>(running);
    }

    @Override
    public Set<String> silentTopics() {
        return silent;
    }

    private void tick() {
        try {
            Set<String> unheard = new TreeSet<>();
            for (CachingInformer<?> informer : running()) {
                String topic = topics.topic(informer.spec().type().storage());
                boolean isSilent = clock.instant().isAfter(of(topic).heardAt().plus(properties.silence()));
                if (isSilent) {
                    unheard.add(topic);
                }
                informer.tick(isSilent);
            }
            report(unheard);
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("looking after the informers failed");
        }
    }

    private void report(Set<String> unheard) {
        if (!unheard.equals(silent)) {
            LOG.atWarn()
                    .addKeyValue("topics", unheard)
                    .log(unheard.isEmpty() ? "Kafka is heard again" : "nothing is heard from Kafka; listing instead");
            silent = Set.copyOf(unheard);
        }
    }

    /** Topics are now read from their ends; waits until the informers know. */
    void attached(Collection<String> names) throws InterruptedException {
        List<CachingInformer<?>> all = all();
        await(() -> {
            names.forEach(name -> of(name).attached(clock.instant()));
            for (CachingInformer<?> informer : all) {
                if (names.contains(topics.topic(informer.spec().type().storage()))) {
                    informer.attached();
                }
            }
        });
    }

    /** Takes in records in their order; waits until that is done. */
    void accept(List<ObjectEvent> events) throws InterruptedException {
        Map<String, List<CachingInformer<?>>> interested = byTopic;
        await(() -> {
            Instant now = clock.instant();
            for (ObjectEvent event : events) {
                try {
                    take(event, interested.getOrDefault(event.topic(), List.of()), now);
                } catch (RuntimeException e) {
                    LOG.atError()
                            .addKeyValue("topic", event.topic())
                            .addKeyValue("sequence", event.sequence())
                            .setCause(e)
                            .log("a record could not be taken in");
                }
            }
        });
    }

    private void take(ObjectEvent event, List<CachingInformer<?>> interested, Instant now) {
        TopicProgress.Finding finding = of(event.topic()).record(event, now);
        if (finding != TopicProgress.Finding.NEXT) {
            LOG.atDebug()
                    .addKeyValue("topic", event.topic())
                    .addKeyValue("sequence", event.sequence())
                    .addKeyValue("finding", finding)
                    .log("a record does not follow on the last one");
        }
        boolean bookmark = event.type() == ObjectEvent.Type.BOOKMARK;
        for (CachingInformer<?> informer : interested) {
            boolean own = bookmark || informer.spec().type().storage().equals(event.resource());
            if (own || finding != TopicProgress.Finding.NEXT) {
                take(own ? event : asBookmark(event), finding, informer);
            }
        }
    }

    /** One informer's failure is no other's, and it has missed what it could not take in. */
    private static void take(ObjectEvent event, TopicProgress.Finding finding, CachingInformer<?> informer) {
        try {
            informer.take(event, finding);
        } catch (RuntimeException e) {
            LOG.atError()
                    .addKeyValue("topic", event.topic())
                    .addKeyValue("sequence", event.sequence())
                    .addKeyValue("resource", informer.spec().type().storage())
                    .addKeyValue("object", event.key())
                    .setCause(e)
                    .log("a record could not be taken in; listing instead");
            informer.missed(event);
        }
    }

    /** What an event of another resource of the same topic means to an informer: only how far the topic is. */
    private static ObjectEvent asBookmark(ObjectEvent event) {
        return new ObjectEvent(
                ObjectEvent.Type.BOOKMARK,
                event.topic(),
                event.resource(),
                null,
                event.revision(),
                event.sequence(),
                event.object());
    }

    private synchronized List<CachingInformer<?>> all() {
        return new ArrayList<>(informers.values());
    }

    private TopicProgress of(String topic) {
        return progress.computeIfAbsent(topic, name -> new TopicProgress(clock.instant()));
    }

    private void execute(Runnable task) {
        try {
            owner.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.atTrace().log("the informers have stopped");
        }
    }

    private void await(Runnable task) throws InterruptedException {
        try {
            owner.submit(task).get();
        } catch (RejectedExecutionException e) {
            LOG.atTrace().log("the informers have stopped");
        } catch (ExecutionException e) {
            LOG.atError().setCause(e.getCause()).log("a record could not be taken in");
        }
    }

    @Override
    public void close() {
        owner.shutdownNow();
        lists.shutdownNow();
    }
}
