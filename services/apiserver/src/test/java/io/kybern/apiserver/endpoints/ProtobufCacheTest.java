package io.kybern.apiserver.endpoints;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.ObjectKey;
import io.kybern.apiserver.watch.CachedObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProtobufCacheTest {

    private static final GroupVersionKind MAP = new GroupVersionKind("", "v1", "ConfigMap");

    private static CachedObject object(int number) {
        String json = "{\"metadata\":{\"name\":\"m-%d\"},\"data\":{\"a\":\"%s\"}}".formatted(number, "x".repeat(400));
        return new CachedObject(
                new ObjectKey("default", "m-" + number),
                number,
                json.getBytes(StandardCharsets.UTF_8),
                Map.of(),
                Map.of());
    }

    @Test
    void encodesAnObjectOnceForAllItsReaders() {
        ProtobufCache cache = new ProtobufCache();
        CachedObject object = object(1);

        assertThat(cache.document(MAP, object)).isSameAs(cache.document(MAP, object));
        assertThat(cache.document(MAP, object(1)))
                .as("the same text, but another state")
                .isNotSameAs(cache.document(MAP, object));
    }

    @Test
    void remembersABoundedAmount() {
        ProtobufCache cache = new ProtobufCache(10_000);
        List<CachedObject> objects = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            CachedObject object = object(i);
            objects.add(object);
            cache.document(MAP, object);
        }

        assertThat(cache.size()).isBetween(5, 30);
        assertThat(cache.document(MAP, objects.getLast())).isSameAs(cache.document(MAP, objects.getLast()));
    }

    @Test
    void keepsWhatIsAskedForAgain() {
        ProtobufCache cache = new ProtobufCache(10_000);
        CachedObject wanted = object(0);
        Object first = cache.document(MAP, wanted);
        for (int i = 1; i < 500; i++) {
            cache.document(MAP, object(i));
            assertThat(cache.document(MAP, wanted)).isSameAs(first);
        }
    }
}
