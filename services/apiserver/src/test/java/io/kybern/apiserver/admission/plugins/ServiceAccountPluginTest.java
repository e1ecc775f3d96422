package io.kybern.apiserver.admission.plugins;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.Json;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.admission.AdmissionOperation;
import io.kybern.apiserver.admission.AdmissionRequest;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.watch.WatchCache;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Pods that are made a moment after their namespace, when nobody has made its account yet. */
class ServiceAccountPluginTest {

    private static final int MADE_AT_PAUSE = 4;

    private final List<Long> pauses = new ArrayList<>();
    private Optional<JsonNode> account = Optional.empty();
    private Optional<JsonNode> madeMeanwhile = Optional.empty();

    private final ServiceAccountPlugin plugin = new ServiceAccountPlugin(
            new ClusterReader((resource, key) -> account, emptyStore(), unasked()), new Random(1), this::pause);

    private void pause(long nanos) {
        pauses.add(nanos);
        if (pauses.size() == MADE_AT_PAUSE) {
            account = madeMeanwhile;
        }
    }

    private static ObjectStore emptyStore() {
        return (ObjectStore) Proxy.newProxyInstance(
                ObjectStore.class.getClassLoader(),
                new Class<?>[] {ObjectStore.class},
                (proxy, method, arguments) -> CompletableFuture.completedFuture(Optional.empty()));
    }

    private static WatchCache unasked() {
        return (WatchCache) Proxy.newProxyInstance(
                WatchCache.class.getClassLoader(), new Class<?>[] {WatchCache.class}, (proxy, method, arguments) -> {
                    throw new AssertionError("nobody asks for " + method.getName());
                });
    }

    private static AdmissionRequest creation(String spec) {
        ObjectNode pod = (ObjectNode) Json.read("{\"metadata\":{\"name\":\"p\"},\"spec\":" + spec + "}");
        return new AdmissionRequest(
                new AdmissionRequest.Target(ResourceRegistry.builtIn().require("", "v1", "pods"), "", "a", "p"),
                AdmissionOperation.CREATE,
                UserInfo.of("u", List.of()),
                false,
                pod,
                null);
    }

    @Test
    void theDefaultAccountIsWaitedFor() {
        madeMeanwhile = Optional.of(Json.read("{\"imagePullSecrets\":[{\"name\":\"s\"}]}"));
        AdmissionRequest request = creation("{\"containers\":[]}");
        plugin.mutate(request);
        assertThat(request.object().orElseThrow().path("spec").path("imagePullSecrets"))
                .hasSize(1);
        assertThat(pauses).hasSize(MADE_AT_PAUSE);
    }

    @Test
    void oneThatDoesNotComeWithinSomePausesOfAMomentIsMissing() {
        assertThatThrownBy(() -> plugin.mutate(creation("{\"containers\":[]}")))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("serviceaccount \"default\" not found");
        assertThat(pauses).hasSize(9).allSatisfy(nanos -> assertThat(nanos)
                .isBetween(TimeUnit.MILLISECONDS.toNanos(100), TimeUnit.MILLISECONDS.toNanos(200)));
    }

    @Test
    void anyOtherAccountMustBeThereAtOnce() {
        assertThatThrownBy(() -> plugin.mutate(creation("{\"containers\":[],\"serviceAccountName\":\"own\"}")))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("serviceaccount \"own\" not found");
        assertThat(pauses).isEmpty();
    }
}
