package io.kybern.bootstrap.objects;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Creates through the API what the cluster lacks, and adds to roles and bindings what they lack. It waits for the API server,
 * and starts over after an error that may pass, for as long as its patience lasts.
 */
public final class ObjectsTask {

    private static final Logger log = LoggerFactory.getLogger(ObjectsTask.class);

    private static final int CONFLICT = 409;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVER_ERROR = 500;
    /** The server shares the cost of a commit among writes that arrive together. */
    private static final int WRITERS = 8;
    /** Short, because a waiting cluster start is waiting for this. */
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final ClusterObjects objects;
    private final Path kubeconfig;
    private final URI apiserver;
    private final Duration patience;

    /**
     * The task for the given objects.
     *
     * @param objects what the cluster is to have
     * @param kubeconfig who creates it
     * @param apiserver where the API server is for this process; the kubeconfig may name another way in
     * @param patience how long to go on in spite of errors that may pass
     */
    public ObjectsTask(ClusterObjects objects, Path kubeconfig, URI apiserver, Duration patience) {
        this.objects = objects;
        this.kubeconfig = kubeconfig;
        this.apiserver = apiserver;
        this.patience = patience;
    }

    /** Creates and completes; returns when everything is there. */
    public void run() throws InterruptedException {
        long startNanos = System.nanoTime();
        try (KubernetesClient client = connect()) {
            boolean waiting = false;
            while (true) {
                try {
                    apply(client);
                    return;
                } catch (KubernetesClientException e) {
                    if (!mayPass(e) || System.nanoTime() - startNanos > patience.toNanos()) {
                        throw e;
                    }
                    if (!waiting) {
                        log.atInfo()
                                .addKeyValue("server", apiserver)
                                .addKeyValue("why", e.getMessage())
                                .log("waiting for the API server");
                        waiting = true;
                    }
                    pause();
                }
            }
        }
    }

    /** One pass over all objects. One that the server refuses does not keep the others from being made. */
    private void apply(KubernetesClient client) throws InterruptedException {
        Map<String, HasMetadata> present = present(client);
        Queue<KubernetesClientException> failures = new ConcurrentLinkedQueue<>();
        AtomicInteger writes = new AtomicInteger();
        // what lives in a namespace comes after it; the rest does not care about order
        Map<Boolean, List<HasMetadata>> namespacesFirst =
                objects.items().stream().collect(Collectors.partitioningBy(Namespace.class::isInstance));
        for (boolean namespaces : new boolean[] {true, false}) {
            try (ExecutorService workers = Executors.newFixedThreadPool(
                    WRITERS, Thread.ofVirtual().name("objects-", 0).factory())) {
                for (HasMetadata object : Objects.requireNonNull(namespacesFirst.get(namespaces))) {
                    workers.execute(() -> {
                        try {
                            writes.addAndGet(ensure(client, object, present.get(key(object))) ? 1 : 0);
                        } catch (KubernetesClientException e) {
                            failures.add(e);
                        }
                    });
                }
            }
        }
        log.atInfo()
                .addKeyValue("objects", objects.items().size())
                .addKeyValue("written", writes)
                .log("the cluster's first objects were gone through");
        // what may pass is tried again, and the rest with it
        failures.stream().filter(ObjectsTask::mayPass).findFirst().ifPresent(failure -> {
            throw failure;
        });
        if (!failures.isEmpty()) {
            throw failures.remove();
        }
    }

    private Map<String, HasMetadata> present(KubernetesClient client) {
        Map<String, HasMetadata> present = new HashMap<>();
        objects.items().stream()
                .map(HasMetadata::getClass)
                .distinct()
                .flatMap(kind -> client.resources(kind).inAnyNamespace().list().getItems().stream())
                .forEach(object -> present.put(key(object), object));
        return present;
    }

    private static String key(HasMetadata object) {
        return object.getKind() + "/" + object.getMetadata().getNamespace() + "/"
                + object.getMetadata().getName();
    }

    /** Was anything written? */
    private static boolean ensure(KubernetesClient client, HasMetadata object, @Nullable HasMetadata present) {
        if (present == null) {
            return create(client, object);
        }
        Optional<HasMetadata> update = Reconciliation.plan(object, present);
        update.ifPresent(complete -> client.resource(complete).update());
        return update.isPresent();
    }

    private static boolean create(KubernetesClient client, HasMetadata object) {
        try {
            client.resource(object).create();
            return true;
        } catch (KubernetesClientException e) {
            if (e.getCode() == CONFLICT) {
                return false;
            }
            throw e;
        }
    }

    /** No connection, an overloaded or starting server, a write that another overtook. */
    private static boolean mayPass(KubernetesClientException e) {
        return e.getCode() <= 0
                || e.getCode() == CONFLICT
                || e.getCode() == TOO_MANY_REQUESTS
                || e.getCode() >= SERVER_ERROR;
    }

    private static void pause() throws InterruptedException {
        // nothing ever counts down: this only waits, and an interrupt ends it
        new CountDownLatch(1).await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    }

    private KubernetesClient connect() {
        Config config = new ConfigBuilder(Config.fromKubeconfig(kubeconfig.toFile()))
                .withMasterUrl(apiserver.toString())
                .withRequestRetryBackoffLimit(0)
                .build();
        return new KubernetesClientBuilder().withConfig(config).build();
    }
}
