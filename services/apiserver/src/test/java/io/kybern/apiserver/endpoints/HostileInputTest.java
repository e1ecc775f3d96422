package io.kybern.apiserver.endpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.protobuf.ProtobufDocument;
import io.kybern.apiserver.protobuf.ProtobufWriter;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.testing.PropertySeeds;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a client sends, the answer is no fault of the server, comes in time, and costs no memory that stays. */
@Timeout(240)
class HostileInputTest {

    private static final int REQUESTS_PER_SEED = 60;
    private static final int DEEP = 100_000;
    private static final Duration SLOW = Duration.ofSeconds(30);
    private static final long MEBIBYTE = 1024 * 1024;

    private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
    private static final String JSON = """
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "target", "labels": {"a": "b"},
             "annotations": {"n": "1"}, "finalizers": ["x.io/a", "x.io/b"]}, "spec": {"replicas": 2,
             "selector": {"matchLabels": {"a": "b"}}, "strategy": {"rollingUpdate": {"maxSurge": "25%"}},
             "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i",
             "ports": [{"containerPort": 80, "protocol": "TCP"}], "env": [{"name": "E", "value": "v"}],
             "resources": {"limits": {"cpu": "1500m", "memory": "1.5Gi"}}}], "volumes": [{"name": "v", "emptyDir": {}}]}}}}""";
    private static final String YAML = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: target, labels: {a: b}}
            spec:
              replicas: 2
              selector: {matchLabels: {a: b}}
              template:
                metadata: {labels: {a: b}}
                spec:
                  containers:
                  - name: c
                    image: &i i
                    args: [*i, "x: y", 'z', 0x1F, 1_000, ~, 2001-01-01, .inf, .nan, yes]
                    workingDir: |
                      text
            """;
    private static final String STRATEGIC = """
            {"metadata": {"$deleteFromPrimitiveList/finalizers": ["x.io/a"], "labels": {"$retainKeys": ["a"], "c": "d"}},
             "spec": {"template": {"spec": {"$setElementOrder/containers": [{"name": "d"}, {"name": "c"}],
             "containers": [{"name": "d", "image": "j"}, {"name": "c", "$patch": "delete"}], "volumes": [{"$patch": "replace"}]}}}}""";
    private static final String OPERATIONS = """
            [{"op": "add", "path": "/metadata/labels/c~1d", "value": "e"}, {"op": "copy", "from": "/spec/template", "path":
             "/metadata/annotations/x"}, {"op": "move", "from": "/metadata/labels/a", "path": "/metadata/labels/z"},
             {"op": "test", "path": "/spec/replicas", "value": 2}, {"op": "replace", "path": "/spec/replicas", "value": 3},
             {"op": "remove", "path": "/spec/template/spec/containers/0"}]""";
    private static final List<String> QUERIES = List.of(
            "labelSelector=a in (b,c),!d,e notin (f),g=h,i!=j,k>1,l",
            "labelSelector=a==b,x.io/y=z",
            "fieldSelector=metadata.name=target,metadata.namespace!=x",
            "fieldSelector=spec.nodeName=a\\,b",
            "limit=1",
            "limit=5&continue="
                    + Base64.getUrlEncoder()
                            .encodeToString("{\"v\":\"meta.k8s.io/v1\",\"rv\":3,\"start\":\"default/a\\u0000\"}"
                                    .getBytes(StandardCharsets.UTF_8)),
            "resourceVersion=0&resourceVersionMatch=NotOlderThan",
            "resourceVersion=1&resourceVersionMatch=Exact",
            "timeoutSeconds=1",
            "watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
            "dryRun=All&fieldManager=m&fieldValidation=Strict&force=true");

    /** What the handler of resources is asked for; other paths have handlers of their own. */
    private static final Predicate<String> RESOURCES = path -> {
        try {
            return ApiRequest.Line.of("GET", path).info().resourceRequest();
        } catch (ApiException e) {
            return e.status().code() >= 500;
        }
    };

    private static WritesUnderTest writes;
    private static byte[] protobuf;

    @BeforeAll
    static void start() {
        writes = new WritesUnderTest();
        writes.create("/api/v1/namespaces", "{\"metadata\": {\"name\": \"default\"}}");
        assertThat(writes.create(DEPLOYMENTS, JSON).code()).isEqualTo(201);
        ProtobufDocument document = new ProtobufWriter()
                .document(
                        new GroupVersionKind("apps", "v1", "Deployment"),
                        writes.get(DEPLOYMENTS + "/target").text().getBytes(StandardCharsets.UTF_8));
        protobuf = Arrays.copyOfRange(document.bytes(), document.from(), document.from() + document.length());
    }

    @AfterAll
    static void stop() {
        writes.close();
    }

    static LongStream seeds() {
        return PropertySeeds.of(40);
    }

    private static void send(String method, String path, String type, byte[] body) {
        long start = System.nanoTime();
        int code;
        try {
            code = writes.code(method, path, type, body);
        } catch (RuntimeException | StackOverflowError e) {
            throw new AssertionError(told(method, path, type, body), e);
        }
        if (code >= 500 || System.nanoTime() - start > SLOW.toNanos()) {
            fail(told(method, path, type, body) + " was answered " + code);
        }
    }

    private static String told(String method, String path, String type, byte[] body) {
        String text = type.endsWith("protobuf")
                ? Base64.getEncoder().encodeToString(body)
                : new String(body, 0, Math.min(body.length, 4000), StandardCharsets.UTF_8);
        return "%s %s as %s: %s".formatted(method, path, type, text);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void answersSpoiltBodies(long seed) {
        Random random = new Random(seed);
        HostileInput input = new HostileInput(random);
        Map<String, byte[]> bodies = Map.of(
                "application/json", bytes(JSON),
                "application/yaml", bytes(YAML),
                "application/vnd.kubernetes.protobuf", protobuf);
        List<String> types = bodies.keySet().stream().sorted().toList();
        for (int i = 0; i < REQUESTS_PER_SEED; i++) {
            String type = input.oneOf(types);
            boolean replaces = random.nextBoolean();
            send(
                    replaces ? "PUT" : "POST",
                    DEPLOYMENTS + (replaces ? "/target" : "") + "?dryRun=All"
                            + input.oneOf(List.of("", "&fieldValidation=Strict", "&fieldValidation=Ignore")),
                    type,
                    input.spoilt(bodies.get(type)));
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void answersSpoiltPatches(long seed) {
        HostileInput input = new HostileInput(new Random(seed));
        Map<String, String> patches = Map.of(
                "application/json-patch+json", OPERATIONS,
                "application/merge-patch+json", JSON,
                "application/strategic-merge-patch+json", STRATEGIC,
                "application/apply-patch+yaml", YAML);
        List<String> types = patches.keySet().stream().sorted().toList();
        for (int i = 0; i < REQUESTS_PER_SEED; i++) {
            String type = input.oneOf(types);
            String part = input.oneOf(List.of("", "/status", "/scale"));
            send(
                    "PATCH",
                    DEPLOYMENTS + "/target" + part + "?dryRun=All&fieldManager=m&force=true",
                    type,
                    input.spoilt(bytes(patches.get(type))));
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void answersSpoiltQueries(long seed) {
        Random random = new Random(seed);
        HostileInput input = new HostileInput(random);
        for (int i = 0; i < REQUESTS_PER_SEED; i++) {
            StringBuilder query = new StringBuilder();
            for (String parameter : (input.oneOf(QUERIES) + "&" + input.oneOf(QUERIES)).split("&")) {
                String[] parts = parameter.split("=", 2);
                // not every number: for a revision that is to come a list waits a while
                String value = parts[0].startsWith("resourceVersion") ? parts[1] : input.spoilt(parts[1]);
                query.append(query.isEmpty() ? "?" : "&").append(parts[0]).append('=');
                query.append(random.nextInt(8) == 0 ? value : URLEncoder.encode(value, StandardCharsets.UTF_8));
            }
            send(
                    input.oneOf(List.of("GET", "GET", "PUT", "DELETE")),
                    DEPLOYMENTS + query,
                    "application/json",
                    new byte[0]);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "abc", "99999999999999999999", "1.5", "0x1", "%00", ""})
    void answersRevisionsThatCannotBe(String revision) {
        send("GET", DEPLOYMENTS + "?watch=true&resourceVersion=" + revision, "", new byte[0]);
        for (String match : List.of("", "&resourceVersionMatch=Exact", "&resourceVersionMatch=fun")) {
            send("GET", DEPLOYMENTS + "?limit=1&resourceVersion=" + revision + match, "", new byte[0]);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void answersSpoiltPaths(long seed) {
        HostileInput input = new HostileInput(new Random(seed));
        for (int i = 0; i < REQUESTS_PER_SEED; i++) {
            String path = "/" + input.spoilt(DEPLOYMENTS.substring(1) + "/target/status");
            if (RESOURCES.test(path)) {
                send("GET", path, "application/json", new byte[0]);
            }
        }
    }

    @Test
    void answersWhatIsNestedWithoutEnd() {
        String objects = "{\"a\":".repeat(DEEP) + "1" + "}".repeat(DEEP);
        String arrays = "[".repeat(DEEP) + "]".repeat(DEEP);
        String within = JSON.replace("\"1\"", objects);
        String unknown = JSON.replace("\"spec\"", "\"other\": " + objects + ", \"spec\"");
        for (String body : List.of(objects, arrays, within, unknown, "[".repeat(DEEP), "{\"a\":".repeat(DEEP))) {
            for (String type : List.of("application/json", "application/yaml")) {
                send("POST", DEPLOYMENTS + "?dryRun=All", type, bytes(body));
            }
            for (String type : List.of(
                    "application/json-patch+json",
                    "application/merge-patch+json",
                    "application/strategic-merge-patch+json",
                    "application/apply-patch+yaml")) {
                send("PATCH", DEPLOYMENTS + "/target?dryRun=All&fieldManager=m", type, bytes(body));
            }
        }
        String steps = "- ".repeat(DEEP);
        send("POST", DEPLOYMENTS, "application/yaml", bytes(steps));
        send("PATCH", DEPLOYMENTS + "/target?fieldManager=m", "application/apply-patch+yaml", bytes(steps));
    }

    @Test
    void answersWhatIsNestedUpToTheLimitOfTheParser() {
        for (int depth = 480; depth < 520; depth++) {
            String objects = "{\"a\":".repeat(depth) + "1" + "}".repeat(depth);
            String within = "{\"metadata\": {\"annotations\": {\"n\": " + objects + "}}}";
            String value = "[{\"op\": \"add\", \"path\": \"/metadata/annotations/n\", \"value\": " + objects + "}]";
            send("PATCH", DEPLOYMENTS + "/target?dryRun=All", "application/merge-patch+json", bytes(within));
            send("PATCH", DEPLOYMENTS + "/target?dryRun=All", "application/strategic-merge-patch+json", bytes(within));
            send("PATCH", DEPLOYMENTS + "/target?dryRun=All", "application/json-patch+json", bytes(value));
            send("POST", DEPLOYMENTS + "?dryRun=All", "application/yaml", bytes(objects));
        }
    }

    @Test
    void copiesOfAPatchDoNotDoubleWithoutEnd() {
        StringBuilder operations = new StringBuilder("[");
        for (int i = 0; i < 60; i++) {
            operations.append("{\"op\": \"copy\", \"from\": \"/metadata\", \"path\": \"/metadata/x%d\"},".formatted(i));
        }
        operations.setCharAt(operations.length() - 1, ']');
        assertThat(writes.code(
                        "PATCH", DEPLOYMENTS + "/target", "application/json-patch+json", bytes(operations.toString())))
                .isEqualTo(422);
    }

    @Test
    void leavesNothingInMemory() {
        answersSpoiltBodies(1);
        answersSpoiltPatches(1);
        answersSpoiltQueries(1);
        long before = used();
        for (long seed = 2; seed < 30; seed++) {
            answersSpoiltBodies(seed);
            answersSpoiltPatches(seed);
            answersSpoiltQueries(seed);
        }
        assertThat(used() - before).isLessThan(32 * MEBIBYTE);
    }

    private static long used() {
        Runtime runtime = Runtime.getRuntime();
        for (int i = 0; i < 3; i++) {
            runtime.gc();
        }
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
