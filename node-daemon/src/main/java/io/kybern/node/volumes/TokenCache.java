package io.kybern.node.volumes;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.objects.BoundToken;
import io.kybern.node.objects.ObjectUnavailableException;
import io.kybern.node.objects.ReferencedObjects;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Keeps each pod's tokens until four fifths of their time have passed, then asks for new ones, as the kubelet does. */
final class TokenCache {

    private static final long DEFAULT_SECONDS = 3600;

    private record Key(String podUid, String audience) {}

    private record Held(BoundToken token, Instant renewAt) {}

    private final ReferencedObjects objects;
    private final Clock clock;
    private final Map<Key, Held> tokens = new ConcurrentHashMap<>();

    TokenCache(ReferencedObjects objects, Clock clock) {
        this.objects = objects;
        this.clock = clock;
    }

    /** A token that is good for a while; the old one while no new one can be had, until it ends. */
    String token(Pod pod, @Nullable String audience, @Nullable Long seconds) throws ObjectUnavailableException {
        Key key = new Key(pod.getMetadata().getUid(), Objects.requireNonNullElse(audience, ""));
        Held held = tokens.get(key);
        Instant now = clock.instant();
        if (held != null && now.isBefore(held.renewAt())) {
            return held.token().token();
        }
        try {
            Duration lifetime = Duration.ofSeconds(seconds == null ? DEFAULT_SECONDS : seconds);
            BoundToken token = objects.token(pod, audience == null || audience.isEmpty() ? null : audience, lifetime);
            Duration left = Duration.between(now, token.expiresAt());
            tokens.put(key, new Held(token, now.plus(left.multipliedBy(4).dividedBy(5))));
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
