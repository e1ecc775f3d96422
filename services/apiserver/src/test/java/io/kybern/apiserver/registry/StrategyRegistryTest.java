package io.kybern.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.kybern.api.Json;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.storage.InMemoryStore;
import io.kybern.apiserver.watch.WatchCache;
import io.kybern.schema.SchemaCatalog;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import tools.jackson.databind.node.ObjectNode;

/** Walks all registered types: each one must be whole, whoever adds it. */
@Timeout(60)
class StrategyRegistryTest {

    private static final StaticListableBeanFactory NOTHING = new StaticListableBeanFactory();
    private static final StrategyRegistry STRATEGIES = new RegistryConfiguration()
            .strategyRegistry(
                    new InMemoryStore().objectStore(),
                    new RegistryProperties("10.96.0.0/16", "30000-32767"),
                    NOTHING.getBeanProvider(ResourceRegistry.class),
                    NOTHING.getBeanProvider(SchemaCatalog.class),
                    NOTHING.getBeanProvider(CustomKinds.class),
                    NOTHING.getBeanProvider(WatchCache.class));
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC);

    static Stream<ResourceType> types() {
        return ResourceRegistry.builtIn().all().stream().filter(ResourceType::stored);
    }

    private static ObjectNode named(ResourceType type) {
        ObjectNode object =
                Json.object().put("apiVersion", type.gvr().apiVersion()).put("kind", type.kind());
        ObjectNode metadata = object.putObject("metadata").put("name", "a").put("uid", "u");
        metadata.put("creationTimestamp", "2026-01-01T00:00:00Z");
        if (type.namespaced()) {
            metadata.put("namespace", "b");
        }
        return object;
    }

    private static RequestScope scope(ResourceType type) {
        UserInfo user = UserInfo.of("tester", java.util.List.of());
        return new RequestScope(user, type.namespaced() ? "b" : "", "a", false, CLOCK, "");
    }

    @ParameterizedTest
    @MethodSource("types")
    void hasAStrategyOfThatType(ResourceType type) {
        assertThat(STRATEGIES.strategy(type).type()).isEqualTo(type);
    }

    @ParameterizedTest
    @MethodSource("types")
    void hasAStatusStrategyIfAndOnlyIfItHasAStatus(ResourceType type) {
        assertThat(STRATEGIES.strategy(type).status().isPresent()).isEqualTo(type.has("status"));
    }

    @ParameterizedTest
    @MethodSource("types")
    void showsOneCellPerColumn(ResourceType type) {
        ResourceStrategy strategy = STRATEGIES.strategy(type);

        assertThat(strategy.table().cells(named(type), CLOCK.instant()))
                .hasSameSizeAs(strategy.table().columnDefinitions())
                .doesNotContainNull();
    }

    @ParameterizedTest
    @MethodSource("types")
    void setsDefaultsOnlyOnce(ResourceType type) {
        ObjectNode once = named(type);
        STRATEGIES.strategy(type).applyDefaults(once);
        ObjectNode twice = once.deepCopy();
        STRATEGIES.strategy(type).applyDefaults(twice);

        assertThat(twice).isEqualTo(once);
    }

    @ParameterizedTest
    @MethodSource("types")
    void answersFaultsOfABareObjectInsteadOfFailing(ResourceType type) {
        ResourceStrategy strategy = STRATEGIES.strategy(type);
        ObjectNode bare = named(type);

        assertThatCode(() -> {
                    strategy.validateCreate(bare);
                    strategy.validateUpdate(bare, named(type));
                    strategy.warningsOnCreate(bare);
                })
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @MethodSource("types")
    void neverTouchesTheOldObject(ResourceType type) {
        ResourceStrategy strategy = STRATEGIES.strategy(type);
        ObjectNode old = named(type);
        strategy.applyDefaults(old);
        strategy.prepareForCreate(old, scope(type));
        ObjectNode before = old.deepCopy();
        ObjectNode next = old.deepCopy();
        next.putObject("spec").put("changed", true);

        strategy.prepareForUpdate(next, old, scope(type));
        strategy.validateUpdate(next, old);
        strategy.status().ifPresent(status -> status.prepareForUpdate(next, old, scope(type)));

        assertThat(old).isEqualTo(before);
    }

    @ParameterizedTest
    @MethodSource("types")
    void anUpdateWithoutAChangeChangesNothing(ResourceType type) {
        ResourceStrategy strategy = STRATEGIES.strategy(type);
        ObjectNode old = named(type);
        strategy.applyDefaults(old);
        strategy.prepareForCreate(old, scope(type));
        ObjectNode next = old.deepCopy();
        strategy.applyDefaults(next);
        strategy.prepareForUpdate(next, old, scope(type));

        assertThat(Json.read(Json.bytes(next))).isEqualTo(Json.read(Json.bytes(old)));
    }

    @ParameterizedTest
    @MethodSource("types")
    void knowsEveryFieldThatSelectorsMayName(ResourceType type) {
        ResourceStrategy strategy = STRATEGIES.strategy(type);

        assertThat(strategy.selectableFields(named(type)).keySet()).containsAll(strategy.supportedFieldLabels());
    }
}
