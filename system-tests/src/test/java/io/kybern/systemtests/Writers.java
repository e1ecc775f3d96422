package io.kybern.systemtests;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Several writers, each alone with its ConfigMaps, which create them and count up what is in them, and which remember what the server
 * acknowledged. All of them also count up one that they share, each under the version that it has read.
 */
final class Writers implements AutoCloseable {

    private static final int UPDATES_EACH = 20;
    private static final String SHARED = "shared";

    private final ApiSession session;
    private final Map<String, Integer> acknowledged = new ConcurrentHashMap<>();
    private final Map<String, Integer> tried = new ConcurrentHashMap<>();
    private final Queue<Long> revisions = new ConcurrentLinkedQueue<>();
    private final Queue<String> surprises = new ConcurrentLinkedQueue<>();
    private final AtomicInteger sharedAcknowledged = new AtomicInteger();
    private final AtomicInteger sharedUnknown = new AtomicInteger();
    private final AtomicInteger unknown = new AtomicInteger();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopped;

    private Writers(ApiSession session) {
        this.session = session;
    }

    static Writers start(ApiSession session, int count) throws IOException, InterruptedException {
        Writers writers = new Writers(session);
        session.send("POST", "configmaps", configMap(SHARED, 0, ""));
        for (int i = 0; i < count; i++) {
            int number = i;
            writers.threads.add(Thread.ofVirtual().start(() -> writers.write(number)));
        }
        return writers;
    }

    /** By name, the highest count that was acknowledged. */
    Map<String, Integer> acknowledged() {
        return acknowledged;
    }

    /** By name, the highest count that was sent. */
    Map<String, Integer> tried() {
        return tried;
    }

    /** The versions of all acknowledged writes. */
    List<Long> revisions() {
        return List.copyOf(revisions);
    }

    /** Answers that no server may give. */
    List<String> surprises() {
        return List.copyOf(surprises);
    }

    /** How many writes were not answered, or with an error, so that nobody knows what came of them. */
    int unknown() {
        return unknown.get();
    }

    /** What the shared ConfigMap must hold at least. */
    int sharedAtLeast() {
        return sharedAcknowledged.get();
    }

    /** What the shared ConfigMap can hold at most. */
    int sharedAtMost() {
        return sharedAcknowledged.get() + sharedUnknown.get();
    }

    private void write(int writer) {
        try {
            for (int i = 0; !stopped; i++) {
                fill("writer-" + writer + "-" + i);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void fill(String name) throws InterruptedException {
        String version = "";
        int next = 0;
        while (next <= UPDATES_EACH && !stopped) {
            tried.put(name, next);
            JsonNode answer = put(name, next, version);
            if (answer == null) {
                answer = look(name);
            } else {
                acknowledged.put(name, next);
                revisions.add(version(answer));
            }
            if (answer == null) {
                version = "";
                next = 0;
            } else {
                check(name, answer);
                version = String.valueOf(version(answer));
                next = count(answer) + 1;
            }
            countUpShared();
        }
    }

    private void check(String name, JsonNode object) {
        int count = count(object);
        if (count < acknowledged.getOrDefault(name, 0) || count > tried.getOrDefault(name, 0)) {
            surprises.add("%s is at %d, acknowledged %s, sent %s"
                    .formatted(name, count, acknowledged.get(name), tried.get(name)));
        }
    }

    /** Creates, or updates the version; null if the server did not acknowledge it. */
    private @Nullable JsonNode put(String name, int count, String version) throws InterruptedException {
        try {
            ApiSession.Answer answer = version.isEmpty()
                    ? session.send("POST", "configmaps", configMap(name, count, ""))
                    : session.send("PUT", "configmaps/" + name, configMap(name, count, version));
            if (answer.ok()) {
                return answer.body();
            }
            if (answer.code() < 500 && answer.code() != 409 && answer.code() != 429) {
                surprises.add(name + ": " + answer);
            }
        } catch (IOException e) {
            // no answer: the write may have been carried out or not
        }
        unknown.incrementAndGet();
        return null;
    }

    /** What the server has; null if it has nothing of that name. Asks until it answers. */
    private @Nullable JsonNode look(String name) {
        AtomicReference<JsonNode> found = new AtomicReference<>();
        ClusterTest.eventually("the server tells of " + name)
                .ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> {
                    ApiSession.Answer answer = session.send("GET", "configmaps/" + name, "");
                    if (answer.ok()) {
                        found.set(answer.body());
                    } else if (answer.code() == 404 && acknowledged.containsKey(name)) {
                        surprises.add(name + " is gone");
                    }
                    return answer.ok() || answer.code() == 404;
                });
        return found.get();
    }

    private void countUpShared() throws InterruptedException {
        JsonNode now = look(SHARED);
        if (now == null) {
            return;
        }
        try {
            ApiSession.Answer answer = session.send(
                    "PUT", "configmaps/" + SHARED, configMap(SHARED, count(now) + 1, String.valueOf(version(now))));
            if (answer.ok()) {
                sharedAcknowledged.incrementAndGet();
                revisions.add(version(answer.body()));
            } else if (answer.code() != 409) {
                // a conflict says that it was not carried out
                sharedUnknown.incrementAndGet();
            }
        } catch (IOException e) {
            sharedUnknown.incrementAndGet();
        }
    }

    static int count(JsonNode configMap) {
        return Integer.parseInt(configMap.at("/data/count").asString());
    }

    static long version(JsonNode object) {
        return Long.parseLong(object.at("/metadata/resourceVersion").asString());
    }

    private static String configMap(String name, int count, String version) {
        return """
                {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s","resourceVersion":"%s"},"data":{"count":"%d"}}
                """.formatted(name, version, count);
    }

    /** Ends the writers, and waits until they have ended. */
    @Override
    public void close() throws InterruptedException {
        stopped = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
