package io.kybern.apiserver.endpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.api.selector.FieldSelector;
import io.kybern.api.selector.LabelSelector;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.registry.ResourceStrategy;
import io.kybern.apiserver.storage.InMemoryStore;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.storage.StorageException;
import io.kybern.apiserver.storage.StoredObject;
import io.kybern.apiserver.storage.UnreadableObjects;
import io.kybern.apiserver.storage.UnreadableUnderTest;
import io.kybern.apiserver.watch.CachesUnderTest;
import io.kybern.apiserver.watch.WatchCache;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ObjectReaderTest {

    private static final ObjectKey ONE = new ObjectKey("a", "one");
    private static final ObjectKey TWO = new ObjectKey("a", "two");
    private static final ListOptions ALL =
            new ListOptions(LabelSelector.everything(), FieldSelector.everything(), "0", "", 0, "", 0, false, false);

    private final ResourceType secrets = ResourceRegistry.builtIn().require("", "v1", "secrets");
    private final Target target = new Target(secrets, secrets, "", strategy());
    private final WatchCache cache = CachesUnderTest.of(new InMemoryStore());
    private final UnreadableObjects unreadable = UnreadableUnderTest.of(secrets.storage(), ONE, TWO);
    private final List<CompletableFuture<Optional<StoredObject>>> asked = new ArrayList<>();

    private static ResourceStrategy strategy() {
        return (ResourceStrategy) Proxy.newProxyInstance(
                ObjectReaderTest.class.getClassLoader(),
                new Class<?>[] {ResourceStrategy.class},
                (proxy, method, arguments) -> {
                    throw new UnsupportedOperationException(method.getName());
                });
    }

    /** A store that answers nothing before two objects were asked for. */
    private ObjectStore store(Runnable answers) {
        return (ObjectStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ObjectStore.class}, (proxy, method, arguments) -> {
                    CompletableFuture<Optional<StoredObject>> read = new CompletableFuture<>();
                    asked.add(read);
                    if (asked.size() == 2) {
                        answers.run();
                    }
                    return read;
                });
    }

    private Listing list(ObjectStore store) {
        return new ObjectReader(cache, new Views(Clock.systemUTC()), store, unreadable).list(target, "a", "", ALL);
    }

    @Test
    void allUnreadableObjectsOfAListAreAskedForAtOnce() {
        ObjectStore gone = store(() -> asked.forEach(read -> read.complete(Optional.empty())));

        assertThat(list(gone).objects()).isEmpty();

        assertThat(asked).hasSize(2);
        assertThat(unreadable.of(secrets.storage())).isEmpty();
    }

    @Test
    void oneThatIsStillThereFailsTheList() {
        ObjectStore sealed = store(() -> {
            asked.get(0).complete(Optional.empty());
            asked.get(1).completeExceptionally(StorageException.corrupt("no key opens it"));
        });

        assertThatThrownBy(() -> list(sealed))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.status().code()).isEqualTo(500));
        assertThat(unreadable.of(secrets.storage())).hasSize(1);
    }
}
