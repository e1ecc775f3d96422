package io.kybern.apiserver.storage;

import io.kybern.testing.RealRedis;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The store as the API server has it, wired by its own configuration, on a Redis of the test's own. */
public final class RedisStore implements AutoCloseable {

    private final ConfigurableApplicationContext context;

    private RedisStore(ConfigurableApplicationContext context) {
        this.context = context;
    }

    /** Starts it; further configuration classes of the API server may come along. */
    public static RedisStore on(RealRedis redis, Map<String, Object> settings, Class<?>... configurations) {
        Map<String, Object> all = new HashMap<>();
        all.put("spring.config.name", "none");
        all.put("spring.main.banner-mode", "off");
        all.put("spring.data.redis.host", "127.0.0.1");
        all.put("spring.data.redis.port", redis.port());
        all.put("spring.data.redis.password", redis.password());
        all.put("kybern.apiserver.storage.encryption-key-file", "");
        // a Redis that is killed may take its time to come back on a busy machine
        all.put("kybern.apiserver.storage.write-budget", "60s");
        all.put("kybern.apiserver.storage.read-budget", "60s");
        all.putAll(settings);
        String[] arguments = all.entrySet().stream()
                .map(each -> "--" + each.getKey() + "=" + each.getValue())
                .toArray(String[]::new);
        return new RedisStore(new SpringApplicationBuilder(Wiring.class)
                .sources(configurations)
                .web(WebApplicationType.NONE)
                .run(arguments));
    }

    ObjectStore objects() {
        return context.getBean(ObjectStore.class);
    }

    /** Any bean of the context. */
    public <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    @Override
    public void close() {
        context.close();
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(DataRedisAutoConfiguration.class)
    @Import(StorageConfiguration.class)
    static class Wiring {

        @Bean
        Clock clock() {
            return Clock.systemUTC();
        }

        @Bean
        MeterRegistry meters() {
            return new SimpleMeterRegistry();
        }
    }
}
