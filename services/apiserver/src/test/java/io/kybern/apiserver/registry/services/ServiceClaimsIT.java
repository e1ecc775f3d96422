package io.kybern.apiserver.registry.services;

import io.kybern.apiserver.endpoints.WritesUnderTest;
import io.kybern.apiserver.storage.EventLog;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.RedisStore;
import io.kybern.testing.RealRedis;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class ServiceClaimsIT extends ServiceClaimsProperties {

    private static RealRedis redis;
    private static RedisStore store;
    private static WritesUnderTest writes;

    @BeforeAll
    static void startRedis() {
        redis = RealRedis.start();
        store = RedisStore.on(redis, Map.of());
        writes = new WritesUnderTest(store.bean(ObjectStore.class), store.bean(EventLog.class));
    }

    @AfterAll
    static void stopRedis() {
        writes.close();
        store.close();
        redis.close();
    }

    @Override
    WritesUnderTest writes() {
        return writes;
    }
}
