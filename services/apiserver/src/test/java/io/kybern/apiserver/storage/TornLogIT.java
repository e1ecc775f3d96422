package io.kybern.apiserver.storage;

import static io.kybern.apiserver.storage.StorageContract.CONFIG_MAPS;
import static io.kybern.apiserver.storage.StorageContract.object;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.ObjectKey;
import io.kybern.testing.RealRedis;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Redis is killed while it writes a commit to its log: the commit, which nobody was answered, is gone, and nothing else ever is. */
@Timeout(300)
final class TornLogIT {

    private static RealRedis redis;
    private static RedisStore store;

    @BeforeAll
    static void start() {
        redis = RealRedis.start();
        store = RedisStore.on(redis, Map.of());
    }

    @AfterAll
    static void stop() {
        store.close();
        redis.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 5, 10, 30, 50, 70, 85, 95, 99})
    void keepsWhatWasAnsweredBeforeAndAfterACommitThatWasCutShort(int percentWritten) {
        String round = "r" + percentWritten + "-";
        long before = create(round + "before");
        int start = redis.log().length;
        create(round + "torn");
        redis.kill();
        byte[] log = redis.log();
        redis.replaceLog(Arrays.copyOf(log, start + (log.length - start) * percentWritten / 100));
        redis.restart();
        assertThat(store.objects().get(CONFIG_MAPS, key(round + "torn")).join()).isEmpty();
        assertThat(create(round + "after")).isEqualTo(before + 1);
        redis.kill();
        redis.restart();

        assertThat(create(round + "last")).isEqualTo(before + 2);
        assertThat(logged(before - 1))
                .containsExactly(
                        before + " default/" + round + "before",
                        before + 1 + " default/" + round + "after",
                        before + 2 + " default/" + round + "last");
        assertThat(store.objects().get(CONFIG_MAPS, key(round + "after")).join())
                .hasValueSatisfying(each -> assertThat(each.revision()).isEqualTo(before + 1));
    }

    @Test
    void startsNothingOnALogThatIsBrokenBeforeItsEnd() {
        long kept = create("kept");
        redis.kill();
        byte[] log = redis.log();
        byte[] broken = log.clone();
        broken[new String(log, StandardCharsets.ISO_8859_1).lastIndexOf("MULTI")] = '!';
        redis.replaceLog(broken);

        assertThatThrownBy(redis::restart).isInstanceOf(IllegalStateException.class);

        assertThat(redis.log()).as("nothing is cut off").isEqualTo(broken);
        redis.replaceLog(log);
        redis.restart();
        assertThat(store.objects().get(CONFIG_MAPS, key("kept")).join())
                .hasValueSatisfying(each -> assertThat(each.revision()).isEqualTo(kept));
    }

    private static List<String> logged(long after) {
        try (EventLog.Reader reader = store.bean(EventLog.class).open()) {
            return reader.read(after, 100, Duration.ZERO).stream()
                    .map(each -> each.revision() + " " + each.key().stored())
                    .toList();
        }
    }

    private static long create(String name) {
        return store.objects()
                .create(CONFIG_MAPS, key(name), object(name, "1"))
                .join()
                .revision();
    }

    private static ObjectKey key(String name) {
        return new ObjectKey("default", name);
    }
}
