package io.kybern.node.objects;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers with what was read last while the API server does not answer: a container that crashes then is started again by its node
 * alone, as kubelets do from what they watch. A server that has too much to do, or that fails, does not answer either; so a new pod, too, may
 * start with what was read for another one before. What was never read, or is gone, is not made up.
 */
public final class RememberedObjects implements ReferencedObjects {

    private static final Logger log = LoggerFactory.getLogger(RememberedObjects.class);

    private record Key(Class<?> kind, String namespace, String name) {}

    /** A question to the API server. */
    private interface Question<T> {
        Optional<T> ask() throws ObjectUnavailableException;
    }

    private final ReferencedObjects asked;
    private final Map<Key, Object> last = new ConcurrentHashMap<>();

    /** @param asked who is asked first, every time */
    public RememberedObjects(ReferencedObjects asked) {
        this.asked = asked;
    }

    @Override
    public Optional<ConfigMap> configMap(String namespace, String name) throws ObjectUnavailableException {
        return read(new Key(ConfigMap.class, namespace, name), ConfigMap.class, () -> asked.configMap(namespace, name));
    }

    @Override
    public Optional<Secret> secret(String namespace, String name) throws ObjectUnavailableException {
        return read(new Key(Secret.class, namespace, name), Secret.class, () -> asked.secret(namespace, name));
    }

    @Override
    public Optional<PersistentVolumeClaim> claim(String namespace, String name) throws ObjectUnavailableException {
        return read(
                new Key(PersistentVolumeClaim.class, namespace, name),
                PersistentVolumeClaim.class,
                () -> asked.claim(namespace, name));
    }

    @Override
    public Optional<PersistentVolume> persistentVolume(String name) throws ObjectUnavailableException {
        return read(
                new Key(PersistentVolume.class, "", name), PersistentVolume.class, () -> asked.persistentVolume(name));
    }

    /** There are few classes, so their handlers are never forgotten. */
    @Override
    public Optional<String> runtimeHandler(String runtimeClass) throws ObjectUnavailableException {
        return read(new Key(String.class, "", runtimeClass), String.class, () -> asked.runtimeHandler(runtimeClass));
    }

    private <T> Optional<T> read(Key key, Class<T> kind, Question<T> question) throws ObjectUnavailableException {
        try {
            Optional<T> answer = question.ask();
            answer.ifPresentOrElse(object -> last.put(key, object), () -> last.remove(key));
            return answer;
        } catch (ObjectUnavailableException e) {
            Object known = last.get(key);
            if (known == null || !e.unanswered()) {
                throw e;
            }
            log.atDebug()
                    .addKeyValue("kind", kind.getSimpleName())
                    .addKeyValue("namespace", key.namespace())
                    .addKeyValue("name", key.name())
                    .addKeyValue("why", e.getMessage())
                    .log("an object could not be read; what was read before is taken");
            return Optional.of(kind.cast(known));
        }
    }

    /** Forgets what no pod of this node can name any more. */
    public void retain(Set<String> namespaces) {
        last.entrySet().removeIf(entry -> {
            String namespace = entry.getKey().namespace();
            if (entry.getValue() instanceof PersistentVolume volume) {
                ObjectReference claim = volume.getSpec().getClaimRef();
                return claim == null || !namespaces.contains(claim.getNamespace());
            }
            return !namespace.isEmpty() && !namespaces.contains(namespace);
        });
    }

    @Override
    public Collection<Service> services(String namespace) {
        return asked.services(namespace);
    }

    @Override
    public BoundToken token(Pod pod, @Nullable String audience, Duration lifetime) throws ObjectUnavailableException {
        return asked.token(pod, audience, lifetime);
    }

    @Override
    public List<Secret> pullSecrets(Pod pod) {
        return asked.pullSecrets(pod);
    }
}
