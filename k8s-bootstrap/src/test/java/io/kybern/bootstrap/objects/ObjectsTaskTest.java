package io.kybern.bootstrap.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesListBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs the task against a server that stores what it is sent. */
@Timeout(60)
final class ObjectsTaskTest {

    private static final String ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles";

    private final KubernetesSerialization serialization = new KubernetesSerialization();
    private final Map<String, HasMetadata> stored = new ConcurrentHashMap<>();
    private final List<String> writes = new CopyOnWriteArrayList<>();
    private final AtomicInteger refusals = new AtomicInteger();

    @TempDir
    Path directory;

    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void createsWhatIsAbsentAndNothingTheSecondTime() throws Exception {
        ObjectsTask task = task(List.of(namespace(), role("get")), Duration.ofSeconds(20));

        task.run();
        assertThat(writes).containsExactly("POST /api/v1/namespaces", "POST " + ROLES);
        task.run();

        assertThat(writes).hasSize(2);
    }

    @Test
    void completesARoleThatLacksARule() throws Exception {
        task(List.of(role("get")), Duration.ofSeconds(20)).run();

        task(List.of(role("get", "list")), Duration.ofSeconds(20)).run();

        assertThat(writes).containsExactly("POST " + ROLES, "PUT " + ROLES + "/reader");
    }

    @Test
    void waitsForAServerThatIsNotReady() throws Exception {
        refusals.set(2);

        task(List.of(namespace()), Duration.ofSeconds(20)).run();

        assertThat(writes).containsExactly("POST /api/v1/namespaces");
    }

    @Test
    void givesUpWhenItsPatienceEnds() {
        refusals.set(Integer.MAX_VALUE);

        assertThatThrownBy(() -> task(List.of(namespace()), Duration.ZERO).run())
                .isInstanceOf(KubernetesClientException.class);
    }

    @Test
    void makesTheOthersWhenTheServerRefusesOne() throws IOException {
        ObjectsTask task = task(List.of(role("refused"), namespace()), Duration.ofSeconds(20));

        assertThatThrownBy(task::run).isInstanceOf(KubernetesClientException.class);

        assertThat(writes).containsExactly("POST /api/v1/namespaces");
    }

    private ObjectsTask task(List<HasMetadata> objects, Duration patience) throws IOException {
        Path kubeconfig = directory.resolve("admin.conf");
        Files.writeString(kubeconfig, """
                apiVersion: v1
                kind: Config
                clusters: [{ name: test, cluster: { server: "https://elsewhere:6443" } }]
                users: [{ name: test, user: { token: secret } }]
                contexts: [{ name: test, context: { cluster: test, user: test } }]
                current-context: test
                """);
        URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        return new ObjectsTask(new ClusterObjects(objects), kubeconfig, address, patience);
    }

    private void answer(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        String method = exchange.getRequestMethod();
        String path = exchange.getRequestURI().getPath();
        if (refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            send(exchange, 503, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"code\":503}");
            return;
        }
        if (!method.equals("GET")) {
            HasMetadata object = serialization.unmarshal(new String(body, StandardCharsets.UTF_8));
            String name = object.getMetadata().getName();
            if (new String(body, StandardCharsets.UTF_8).contains("refused")) {
                send(exchange, 422, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"code\":422}");
                return;
            }
            stored.put(path.endsWith("/" + name) ? path : path + "/" + name, object);
            writes.add(method + " " + path);
            send(exchange, method.equals("POST") ? 201 : 200, serialization.asJson(object));
            return;
        }
        List<HasMetadata> items = stored.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(path + "/"))
                .map(Map.Entry::getValue)
                .toList();
        send(
                exchange,
                200,
                serialization.asJson(
                        new KubernetesListBuilder().withItems(items).build()));
    }

    private static void send(HttpExchange exchange, int code, String json) throws IOException {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(code, bytes.length);
        try (exchange) {
            exchange.getResponseBody().write(bytes);
        }
    }

    private static HasMetadata namespace() {
        return new NamespaceBuilder()
                .withNewMetadata()
                .withName("kube-system")
                .endMetadata()
                .build();
    }

    private static HasMetadata role(String... verbs) {
        ClusterRoleBuilder builder =
                new ClusterRoleBuilder().withNewMetadata().withName("reader").endMetadata();
        for (String verb : new ArrayList<>(List.of(verbs))) {
            builder.addNewRule()
                    .withApiGroups("")
                    .withResources("pods")
                    .withVerbs(verb)
                    .endRule();
        }
        return builder.build();
    }
}
