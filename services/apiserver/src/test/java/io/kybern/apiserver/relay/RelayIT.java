package io.kybern.apiserver.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.storage.EventLog;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.RedisStore;
import io.kybern.apiserver.storage.StoredObject;
import io.kybern.events.EventTopics;
import io.kybern.events.Informer;
import io.kybern.events.InformerConfiguration;
import io.kybern.events.InformerFactory;
import io.kybern.events.InformerSpec;
import io.kybern.events.ListResult;
import io.kybern.testing.RealKafka;
import io.kybern.testing.RealRedis;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.kafka.core.ProducerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The whole way of an event: store, log, relay, Kafka, informer. Kafka is not there when both ends start. */
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class RelayIT {

    private static final ResourceType CONFIG_MAPS = ResourceRegistry.builtIn().require("", "v1", "configmaps");
    private static final ResourceType SECRETS = ResourceRegistry.builtIn().require("", "v1", "secrets");
    private static final Duration SOON = Duration.ofSeconds(60);

    private static RealRedis redis;
    private static RealKafka kafka;
    private static RedisStore apiServer;
    private static ConfigurableApplicationContext controller;
    private static Informer<JsonNode> configMaps;
    private static Informer<JsonNode> secrets;
    private static final AtomicInteger LISTS = new AtomicInteger();

    @BeforeAll
    static void start() {
        redis = RealRedis.start();
        kafka = RealKafka.prepare();
        Map<String, Object> settings = new HashMap<>();
        settings.put("spring.kafka.bootstrap-servers", kafka.brokers());
        settings.put("kybern.kafka.password", kafka.password());
        settings.put("spring.application.name", "test");
        settings.put("logging.level.org.apache.kafka", "ERROR");
        settings.put("logging.level.org.springframework", "WARN");
        apiServer = RedisStore.on(redis, settings, RelayWiring.class);
        controller = new SpringApplicationBuilder(InformerWiring.class)
                .web(WebApplicationType.NONE)
                .run(settings.entrySet().stream()
                        .map(each -> "--" + each.getKey() + "=" + each.getValue())
                        .toArray(String[]::new));
        configMaps = controller.getBean("configMaps", Informer.class);
        secrets = controller.getBean("secrets", Informer.class);
        controller.getBean(InformerFactory.class).start();
    }

    @AfterAll
    static void stop() {
        controller.close();
        apiServer.close();
        kafka.close();
        redis.close();
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(RelayConfiguration.class)
    static class RelayWiring {}

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration(
            excludeName = "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration")
    @Import(InformerConfiguration.class)
    static class InformerWiring {

        @Bean
        Informer<JsonNode> configMaps(InformerFactory factory) {
            return factory.informer(spec(CONFIG_MAPS));
        }

        @Bean
        Informer<JsonNode> secrets(InformerFactory factory) {
            return factory.informer(spec(SECRETS));
        }

        private static InformerSpec<JsonNode> spec(ResourceType type) {
            return new InformerSpec<>(
                    type,
                    JsonNode.class,
                    Json::read,
                    () -> list(type),
                    KubeObject::key,
                    object -> Long.parseLong(KubeObject.resourceVersion(object)));
        }
    }

    private static ObjectStore store() {
        return apiServer.bean(ObjectStore.class);
    }

    /** What a list of the API server would answer; good enough as nobody writes meanwhile that matters to the test. */
    private static ListResult<JsonNode> list(ResourceType type) {
        LISTS.incrementAndGet();
        long revision = store().currentRevision().join();
        List<JsonNode> objects = new ArrayList<>();
        apiServer.bean(EventLog.class).scan((resource, object) -> {
            if (resource.equals(type.storage())) {
                objects.add(object.tree());
            }
        });
        return new ListResult<>(objects, revision);
    }

    private static ObjectNode object(String name, String value) {
        ObjectNode object = Json.object();
        object.put("apiVersion", "v1").put("kind", "Any");
        object.putObject("data").put("key", value);
        KubeObject.metadata(object).put("name", name).put("namespace", "default");
        return object;
    }

    private static StoredObject create(ResourceType type, String name) {
        return store().create(type, new ObjectKey("default", name), object(name, "1"))
                .join();
    }

    @Test
    @Order(1)
    void informersListWhileKafkaIsNotThere() throws InterruptedException {
        StoredObject created = create(CONFIG_MAPS, "first");

        assertThat(configMaps.await(created.revision(), SOON)).isTrue();
        assertThat(configMaps.get(created.key())).isPresent();
    }

    @Test
    @Order(2)
    void eventsArriveOnceKafkaIsThere() throws InterruptedException {
        kafka.start();
        Relay relay = apiServer.bean(Relay.class);
        Awaitility.await("the relay catches up")
                .atMost(SOON)
                .until(() -> relay.isLeading()
                        && relay.position() == store().currentRevision().join());
        Awaitility.await("the informer is attached").atMost(SOON).until(() -> {
            int lists = LISTS.get();
            StoredObject probe = create(CONFIG_MAPS, "probe" + System.nanoTime());
            return configMaps.await(probe.revision(), Duration.ofSeconds(1)) && LISTS.get() == lists;
        });
        for (int i = 0; i < 100; i++) {
            create(CONFIG_MAPS, "a" + i);
        }
        StoredObject last = create(CONFIG_MAPS, "last");

        assertThat(configMaps.await(last.revision(), SOON)).isTrue();
        assertThat(configMaps.list()).hasSize((int) last.revision());
    }

    @Test
    @Order(3)
    void secretsTravelWithoutTheirData() throws InterruptedException {
        Awaitility.await("secrets are attached").atMost(SOON).until(() -> {
            int lists = LISTS.get();
            StoredObject created = create(SECRETS, "s" + System.nanoTime());
            boolean told = secrets.await(created.revision(), Duration.ofSeconds(1)) && LISTS.get() == lists;
            JsonNode seen = secrets.get(created.key()).orElse(null);
            return told && seen != null && !seen.has("data");
        });
    }

    @Test
    @Order(4)
    void aRecordThatIsNoEventHoldsNothingUp() {
        ProducerFactory<Object, Object> kafkaClient = apiServer.bean(ProducerFactory.class);
        String topic = EventTopics.of(ResourceRegistry.builtIn()).topic(CONFIG_MAPS.storage());
        byte[] noEvent = "no event".getBytes(StandardCharsets.UTF_8);
        try (Producer<Object, Object> stranger = kafkaClient.createProducer()) {
            Awaitility.await("events beside it arrive without lists")
                    .atMost(SOON)
                    .until(() -> {
                        int lists = LISTS.get();
                        for (int i = 0; i < 20; i++) {
                            stranger.send(new ProducerRecord<>(topic, noEvent));
                            create(CONFIG_MAPS, "beside" + System.nanoTime());
                        }
                        StoredObject last = create(CONFIG_MAPS, "behind" + System.nanoTime());
                        return configMaps.await(last.revision(), Duration.ofSeconds(1))
                                && configMaps.get(last.key()).isPresent()
                                && LISTS.get() == lists;
                    });
        }
    }

    @Test
    @Order(5)
    void nothingIsLostWhileKafkaIsFrozen() throws InterruptedException {
        kafka.freeze();
        for (int i = 0; i < 1000; i++) {
            create(CONFIG_MAPS, "frozen" + i);
        }
        StoredObject last = create(CONFIG_MAPS, "thawed");
        kafka.thaw();

        Relay relay = apiServer.bean(Relay.class);
        Awaitility.await("the relay catches up").atMost(SOON).until(() -> relay.position() >= last.revision());
        assertThat(configMaps.await(last.revision(), SOON)).isTrue();
        assertThat(configMaps.get(last.key())).isPresent();
        assertThat(configMaps.get(new ObjectKey("default", "frozen500"))).isPresent();
    }

    @Test
    @Order(6)
    void eventsFlowAgainAfterKafkaWasKilled() {
        kafka.kill();
        for (int i = 0; i < 500; i++) {
            create(CONFIG_MAPS, "killed" + i);
        }
        kafka.restart();
        StoredObject last = create(CONFIG_MAPS, "back");

        Relay relay = apiServer.bean(Relay.class);
        Awaitility.await("the relay catches up").atMost(SOON).until(() -> relay.position() >= last.revision());
        Awaitility.await("events flow without lists").atMost(SOON).until(() -> {
            int lists = LISTS.get();
            StoredObject probe = create(CONFIG_MAPS, "probe" + System.nanoTime());
            return configMaps.await(probe.revision(), Duration.ofSeconds(1)) && LISTS.get() == lists;
        });
        assertThat(configMaps.get(new ObjectKey("default", "killed250"))).isPresent();
    }
}
