package io.kybern.apiserver.flowcontrol;

import io.kybern.api.GroupResource;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.request.QueryParameters;
import io.kybern.apiserver.request.RequestInfo;
import io.kybern.apiserver.watch.RevisionRequest;
import io.kybern.apiserver.watch.WatchCache;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * API Priority and Fairness: finds the FlowSchema of a request, and lets it run, wait or come again by the seats of its priority level.
 * What the objects say is kept as an immutable list that is built anew, at the next request, when one of them changed.
 */
public final class FlowControl implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(FlowControl.class);
    private static final String GROUP = "flowcontrol.apiserver.k8s.io";
    private static final GroupResource LEVELS = new GroupResource(GROUP, "prioritylevelconfigurations");
    private static final GroupResource SCHEMAS = new GroupResource(GROUP, "flowschemas");
    /** A quarter of the time that a request may take, as Kubernetes has it. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    /** How often seats are lent and taken back; the figure is Kubernetes' own. */
    private static final int BORROWING_SECONDS = 10;

    private final WatchCache cache;
    private final int seats;
    private final FlowMetrics metrics;
    private final Consumer<List<JsonNode>> listener;
    private final Changes changes;
    private final Map<String, Level> levels = new ConcurrentHashMap<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("flow-control").factory());
    /** Apart from the timer: it may wait for the store, and seats must not. */
    private final ExecutorService listening = Executors.newSingleThreadExecutor(
            Thread.ofVirtual().name("flow-control-status").factory());

    private volatile Rules rules = new Rules(List.of(), 0);

    private record Rules(List<Bound> bounds, long changes) {}

    private record Bound(FlowSchema schema, Level level, FlowMetrics.OfSchema metrics) {}

    /** What a request means to do. */
    public enum Attitude {
        /** It lasts as long as the client likes, so it does not count. */
        TAKES_NO_SEAT,
        /** It waits for a seat if need be. */
        WAITS,
        /** It takes a seat if one is free, or none is needed. */
        NOW_OR_NEVER
    }

    /**
     * What became of a request. Close it when the request has been answered.
     *
     * @param schemaUid the id of its FlowSchema, empty if that is no object
     * @param levelUid the id of its priority level, empty if that is no object
     * @param level the name of its priority level
     * @param exempt whether that level has no bounds
     * @param admitted whether it may run
     */
    public record Ticket(
            String schemaUid,
            String levelUid,
            String level,
            boolean exempt,
            boolean admitted,
            @Nullable Runnable leave) implements AutoCloseable {

        @Override
        public void close() {
            if (leave != null) {
                leave.run();
            }
        }
    }

    /**
     * Limits by those seats in all.
     *
     * @param listener told, off the request's thread, of all flow schemas and priority levels when some changed
     */
    public FlowControl(WatchCache cache, int seats, MeterRegistry meters, Consumer<List<JsonNode>> listener) {
        this.cache = cache;
        this.seats = seats;
        this.metrics = new FlowMetrics(meters);
        this.listener = listener;
        this.changes = new Changes(cache);
    }

    /** Begins to follow changes, and to lend seats. */
    public void start() {
        changes.follow(LEVELS);
        changes.follow(SCHEMAS);
        timer.scheduleWithFixedDelay(() -> logged(this::lend), BORROWING_SECONDS, BORROWING_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        changes.close();
        timer.shutdownNow();
        listening.shutdownNow();
    }

    /**
     * Lets a request in, perhaps after a while: blocks the calling virtual thread.
     *
     * @param query what its line says besides
     * @param attitude whether it counts, and waits
     */
    public Ticket enter(UserInfo user, RequestInfo info, QueryParameters query, Attitude attitude) {
        Bound bound = find(user, info);
        if (attitude == Attitude.TAKES_NO_SEAT) {
            return ticket(bound, true, null);
        }
        long begin = System.nanoTime();
        Level level = bound.level();
        Work work = Work.of(info, query, cache, level.nominal());
        Level.@Nullable Refusal refusal = level.enter(
                bound.schema().flow(user, info), work.seats(), attitude == Attitude.WAITS ? PATIENCE : Duration.ZERO);
        if (refusal != null) {
            bound.metrics().rejected(refusal);
            return ticket(bound, false, null);
        }
        bound.metrics().dispatched(System.nanoTime() - begin);
        return ticket(bound, true, () -> leave(level, work));
    }

    private static Ticket ticket(Bound bound, boolean admitted, @Nullable Runnable leave) {
        LevelSettings level = bound.level().settings();
        return new Ticket(bound.schema().uid(), level.uid(), level.name(), level.exempt(), admitted, leave);
    }

    private void leave(Level level, Work work) {
        if (work.lastingSeats() == 0) {
            level.leave(work.seats());
            return;
        }
        level.extend(work.lastingSeats() - work.seats());
        try {
            timer.schedule(
                    () -> level.leave(work.lastingSeats()), work.lasting().toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            // the server stops
            level.leave(work.lastingSeats());
        }
    }

    private Bound find(UserInfo user, RequestInfo info) {
        Rules now = rules;
        if (now.changes() != changes.count()) {
            now = rebuild();
        }
        for (Bound bound : now.bounds()) {
            if (bound.schema().matches(user, info)) {
                return bound;
            }
        }
        throw new IllegalStateException("the last flow schema matches every request");
    }

    private synchronized Rules rebuild() {
        long upTo = changes.count();
        // before the cache holds the store there is what every server has, so that nobody waits for it to be asked
        // about health
        boolean known = cache.isReady();
        if (rules.changes() == upTo || !known && !rules.bounds().isEmpty()) {
            return rules;
        }
        List<JsonNode> levelObjects = known ? all(LEVELS) : List.of();
        List<JsonNode> schemaObjects = known ? all(SCHEMAS) : List.of();
        configure(levelObjects);
        List<FlowSchema> schemas = new ArrayList<>(List.of(FlowSchema.exempt()));
        schemaObjects.stream()
                .map(FlowSchema::of)
                // one that refers to no level is left out, and says so in its status
                .filter(schema -> levels.containsKey(schema.level()))
                .sorted(Comparator.comparingInt(FlowSchema::precedence).thenComparing(FlowSchema::name))
                .forEach(schemas::add);
        schemas.add(FlowSchema.catchAll());
        if (schemas.stream()
                .anyMatch(each -> each.name().equals("exempt") && !each.uid().isEmpty())) {
            schemas.removeFirst();
        }
        Map<String, FlowMetrics.OfSchema> meters = new HashMap<>();
        rules.bounds().forEach(each -> meters.put(metricsKey(each.schema()), each.metrics()));
        List<Bound> bounds = new ArrayList<>();
        for (FlowSchema schema : schemas) {
            Level level = levels.get(schema.level());
            if (level != null) {
                FlowMetrics.OfSchema counts = meters.computeIfAbsent(metricsKey(schema), key -> metrics.of(schema));
                bounds.add(new Bound(schema, level, counts));
            }
        }
        rules = new Rules(List.copyOf(bounds), known ? upTo : 0);
        List<JsonNode> objects = new ArrayList<>(levelObjects);
        objects.addAll(schemaObjects);
        try {
            listening.execute(() -> logged(() -> listener.accept(objects)));
        } catch (RejectedExecutionException e) {
            log.atDebug().log("Nobody is told of changed flow control, as the server stops");
        }
        return rules;
    }

    /** The timer ends a repeated task that fails, and says nothing. */
    private static void logged(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            log.atError().setCause(e).log("A task of flow control failed");
        }
    }

    private static String metricsKey(FlowSchema schema) {
        return schema.name() + '/' + schema.level();
    }

    private void configure(List<JsonNode> objects) {
        Map<String, LevelSettings> wanted = new HashMap<>();
        wanted.put(LevelSettings.EXEMPT.name(), LevelSettings.EXEMPT);
        wanted.put(LevelSettings.CATCH_ALL.name(), LevelSettings.CATCH_ALL);
        objects.stream().map(LevelSettings::of).forEach(each -> wanted.put(each.name(), each.orFixed()));
        int shares = wanted.values().stream().mapToInt(LevelSettings::shares).sum();
        for (LevelSettings each : wanted.values()) {
            int nominal = SeatPlanner.nominal(seats, each.shares(), shares);
            Level present = levels.get(each.name());
            if (present == null) {
                Level level = new Level(each, nominal);
                levels.put(each.name(), level);
                metrics.follow(each.name(), level);
            } else if (!present.settings().equals(each)) {
                present.configure(each);
            }
        }
        // requests of a level that went finish on the seats that they have
        levels.keySet().retainAll(wanted.keySet());
        lend();
    }

    private synchronized void lend() {
        List<Level> limited = levels.values().stream()
                .filter(level -> !level.settings().exempt())
                .toList();
        int shares = levels.values().stream()
                .mapToInt(level -> level.settings().shares())
                .sum();
        levels.values()
                .forEach(level -> level.nominal(
                        SeatPlanner.nominal(seats, level.settings().shares(), shares)));
        List<SeatPlanner.Wish> wishes = limited.stream()
                .map(level -> SeatPlanner.wish(level.settings(), level.nominal(), seats, level.takePeak()))
                .toList();
        List<Integer> limits = SeatPlanner.share(wishes);
        for (int i = 0; i < limited.size(); i++) {
            limited.get(i).limit(limits.get(i));
        }
    }

    private List<JsonNode> all(GroupResource resource) {
        List<JsonNode> objects = new ArrayList<>();
        cache.snapshot(resource, RevisionRequest.any())
                .join()
                .range("", null)
                .forEach(each -> objects.add(each.tree()));
        return objects;
    }
}
