package io.kybern.apiserver.watch;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.RedisStore;
import io.kybern.testing.RealRedis;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.ObjectNode;

@Timeout(180)
final class WatchCacheIT {

    private static final ResourceType PODS = ResourceRegistry.builtIn().require("", "v1", "pods");

    private RealRedis redis;
    private RedisStore server;

    @BeforeEach
    void start() {
        redis = RealRedis.start();
        server = RedisStore.on(redis, Map.of(), WatchConfiguration.class);
        Awaitility.await().until(() -> cache().isReady());
    }

    @AfterEach
    void stop() {
        server.close();
        redis.close();
    }

    private WatchCache cache() {
        return server.bean(WatchCache.class);
    }

    private long create(String name) {
        ObjectNode pod = Json.object();
        pod.put("apiVersion", "v1").put("kind", "Pod");
        KubeObject.metadata(pod).put("name", name).put("namespace", "default");
        return server.bean(ObjectStore.class)
                .create(PODS, new ObjectKey("default", name), pod)
                .join()
                .revision();
    }

    @Test
    void aWatchGoesOnWithoutGapWhenRedisIsKilled() {
        RecordingSink sink = new RecordingSink();
        cache().watch(PODS.storage(), Watch.UNSET, Selection.everything(), WatchOptions.none(), sink);
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            if (i % 10 == 5) {
                redis.kill();
                redis.restart();
            }
            expected.add("ADDED p" + i + " " + create("p" + i));
        }

        Awaitility.await().untilAsserted(() -> assertThat(sink.texts()).isEqualTo(expected));
        assertThat(sink.isClosed()).isFalse();
    }

    @Test
    void startsAnewWhenRedisLostItsVolume() {
        create("a");
        create("b");
        cache().snapshot(PODS.storage(), RevisionRequest.latest()).join();
        redis.loseEverything();
        redis.restart();
        create("c");

        Awaitility.await().until(() -> cache().revision() == 1);
        assertThat(cache().snapshot(PODS.storage(), RevisionRequest.any())
                        .join()
                        .count(""))
                .isEqualTo(1);
    }

    @Test
    void aNewServerHoldsWhatIsInTheStore() {
        for (int i = 0; i < 20; i++) {
            create("p" + i);
        }
        try (RedisStore second = RedisStore.on(redis, Map.of(), WatchConfiguration.class)) {
            Snapshot snapshot = second.bean(WatchCache.class)
                    .snapshot(PODS.storage(), RevisionRequest.latest())
                    .join();
            assertThat(snapshot.count("default")).isEqualTo(20);
        }
    }
}
