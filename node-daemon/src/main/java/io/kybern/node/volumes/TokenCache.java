package io.kybern.node.volumes;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.objects.BoundToken;
import io.kybern.node.objects.ObjectUnavailableException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Keeps each pod's tokens until four fifths of their time or a day have passed, then asks for new ones, as the kubelet does. */
final class TokenCache {

    private static final long DEFAULT_SECONDS = 3600;

    /** Long-lived tokens are new every day, too. */
    private static final Duration DAY = Duration.ofHours(24);

    private record Key(String podUid, String audience, long seconds) {}

    private record Held(BoundToken token, Instant renewAt) {}

    /** Where tokens come from: {@link io.kybern.node.objects.ReferencedObjects#token}. */
    @FunctionalInterface
    interface Source {
        BoundToken token(Pod pod, @Nullable String audience, Duration lifetime) throws ObjectUnavailableException;
    }

    private final Source source;
    private final Clock clock;
    private final Map<Key, Held> tokens = new ConcurrentHashMap<>();

    TokenCache(Source source, Clock clock) {
        this.source = source;
        this.clock = clock;
    }

    /** A token that is good for a while; the old one while no new one can be had, until it ends. */
    String token(Pod pod, @Nullable String audience, @Nullable Long seconds) throws ObjectUnavailableException {
        long lifetime = Objects.requireNonNullElse(seconds, DEFAULT_SECONDS);
        Key key = new Key(pod.getMetadata().getUid(), Objects.requireNonNullElse(audience, ""), lifetime);
        Held held = tokens.get(key);
        Instant now = clock.instant();
        if (held != null && now.isBefore(held.renewAt())) {
            return held.token().token();
        }
        try {
            BoundToken token = source.token(
                    pod, audience == null || audience.isEmpty() ? null : audience, Duration.ofSeconds(lifetime));
            Duration most =
                    Duration.between(now, token.expiresAt()).multipliedBy(4).dividedBy(5);
            tokens.put(key, new Held(token, now.plus(most.compareTo(DAY) < 0 ? most : DAY)));
            return token.token();
        } catch (ObjectUnavailableException e) {
            if (held != null && now.isBefore(held.token().expiresAt())) {
                return held.token().token();
            }
            throw e;
        }
    }

    void forget(String podUid) {
        tokens.keySet().removeIf(key -> key.podUid().equals(podUid));
    }
}
