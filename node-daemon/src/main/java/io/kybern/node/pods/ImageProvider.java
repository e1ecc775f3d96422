package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ImageVolumeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.events.EventSink;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.runtime.ImageDetails;
import io.kybern.node.runtime.ImageReference;
import io.kybern.node.runtime.RegistryLogin;
import io.kybern.node.runtime.RuntimeFailure;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Has a container's image ready as its pull policy wants it. See <a
 * href="https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy">image pull policy</a>. One per pod,
 * used by one thread at a time; the semaphore is the node's.
 */
final class ImageProvider {

    private static final Duration LONGEST_PULL = Duration.ofMinutes(30);

    private final ContainerRuntime runtime;
    private final EventSink events;
    private final Clock clock;
    private final Semaphore pulls;
    private final PullSecrets secrets;
    private final RestartBackOff backOff = new RestartBackOff();
    private final Map<String, Instant> lastFailure = new HashMap<>();
    private final Map<String, String> lastError = new HashMap<>();

    ImageProvider(PodPorts ports, Semaphore pulls) {
        this.runtime = ports.runtime();
        this.events = ports.events();
        this.clock = ports.clock();
        this.secrets = new PullSecrets(ports.objects(), ports.events());
        this.pulls = pulls;
    }

    /** A container's image, fetched if its policy asks for it. */
    ImageDetails ensure(Pod pod, Container container) throws ContainerFailure, InterruptedException {
        return ensure(
                pod, new Wanted(container.getImage(), container.getImagePullPolicy(), Specs.fieldPath(pod, container)));
    }

    /** The image of a volume, fetched if its policy asks for it. */
    ImageDetails ensure(Pod pod, ImageVolumeSource volume) throws ContainerFailure, InterruptedException {
        return ensure(pod, new Wanted(volume.getReference(), volume.getPullPolicy(), null));
    }

    /** An image, and who it is for. */
    private record Wanted(
            String name, @Nullable String policy, @Nullable String fieldPath) {}

    private ImageDetails ensure(Pod pod, Wanted wanted) throws ContainerFailure, InterruptedException {
        Optional<String> fault = ImageReference.fault(wanted.name());
        if (fault.isPresent()) {
            String message = "Failed to apply default image tag \"" + wanted.name() + "\": couldn't parse image name \""
                    + wanted.name() + "\": " + fault.get();
            event(pod, wanted, EventSink.Type.WARNING, "InspectFailed", message);
            throw ContainerFailure.of("InvalidImageName", message);
        }
        String reference = withTag(wanted.name());
        Optional<ImageDetails> present;
        try {
            present = runtime.image(reference);
        } catch (RuntimeFailure broken) {
            String message = "Failed to inspect image \"" + wanted.name() + "\": " + broken.getMessage();
            event(pod, wanted, EventSink.Type.WARNING, "InspectFailed", message);
            throw ContainerFailure.of("ImageInspectError", message);
        }
        String policy = policy(wanted.policy(), reference);
        if (present.isPresent() && !policy.equals("Always")) {
            event(
                    pod,
                    wanted,
                    EventSink.Type.NORMAL,
                    "Pulled",
                    "Container image \"" + wanted.name()
                            + "\" already present on machine and can be accessed by the pod");
            return present.get();
        }
        if (policy.equals("Never")) {
            String message = "Container image \"" + wanted.name() + "\" is not present with pull policy of Never";
            event(pod, wanted, EventSink.Type.WARNING, "ErrImageNeverPull", message);
            throw ContainerFailure.of("ErrImageNeverPull", message);
        }
        return pull(pod, wanted, reference);
    }

    private ImageDetails pull(Pod pod, Wanted wanted, String reference) throws ContainerFailure, InterruptedException {
        String name = wanted.name();
        Instant failed = lastFailure.get(reference);
        if (failed != null
                && backOff.waitAfter(reference, failed, clock.instant()).isPresent()) {
            String message = "Back-off pulling image \"" + name + "\"";
            event(pod, wanted, EventSink.Type.NORMAL, "BackOff", message);
            throw ContainerFailure.of(
                    "ImagePullBackOff", message + ": ErrImagePull: " + lastError.getOrDefault(reference, ""));
        }
        List<RegistryLogin> logins = secrets.logins(pod, reference);
        event(pod, wanted, EventSink.Type.NORMAL, "Pulling", "Pulling image \"" + name + "\"");
        Instant asked = clock.instant();
        pulls.acquire();
        Instant begun = clock.instant();
        try {
            fetch(reference, logins);
        } catch (RuntimeFailure broken) {
            if (Thread.interrupted()) {
                throw new InterruptedException("the pod ends");
            }
            String error = String.valueOf(broken.getMessage());
            event(pod, wanted, EventSink.Type.WARNING, "Failed", "Failed to pull image \"" + name + "\": " + error);
            Instant now = clock.instant();
            backOff.failed(reference, now);
            lastFailure.put(reference, now);
            lastError.put(reference, error);
            throw ContainerFailure.of("ErrImagePull", error);
        } finally {
            pulls.release();
        }
        Instant done = clock.instant();
        ImageDetails image = runtime.image(reference)
                .orElseThrow(() ->
                        ContainerFailure.of("ImageInspectError", "image \"" + name + "\" vanished after the pull"));
        lastFailure.remove(reference);
        backOff.forget(reference);
        event(
                pod,
                wanted,
                EventSink.Type.NORMAL,
                "Pulled",
                "Successfully pulled image \"" + name + "\" in " + seconds(begun, done) + " (" + seconds(asked, done)
                        + " including waiting). Image size: " + image.sizeBytes() + " bytes.");
        return image;
    }

    /** With each login in turn, until one is let in. */
    private void fetch(String reference, List<RegistryLogin> logins) {
        if (logins.isEmpty()) {
            runtime.pull(reference, null, LONGEST_PULL);
            return;
        }
        RuntimeFailure last = null;
        for (RegistryLogin login : logins) {
            try {
                runtime.pull(reference, login, LONGEST_PULL);
                return;
            } catch (RuntimeFailure refused) {
                last = refused;
                if (Thread.currentThread().isInterrupted()) {
                    break;
                }
            }
        }
        throw Objects.requireNonNull(last);
    }

    private static String seconds(Instant from, Instant to) {
        return Duration.between(from, to).toMillis() / 1000.0 + "s";
    }

    private static String policy(@Nullable String policy, String reference) {
        if (policy != null && !policy.isEmpty()) {
            return policy;
        }
        return reference.endsWith(":latest") ? "Always" : "IfNotPresent";
    }

    /** The reference with the tag that goes without saying. */
    static String withTag(String image) {
        int slash = image.lastIndexOf('/');
        return image.indexOf('@') >= 0 || image.indexOf(':', slash + 1) >= 0 ? image : image + ":latest";
    }

    private void event(Pod pod, Wanted wanted, EventSink.Type type, String reason, String message) {
        events.record(EventSink.of(pod, wanted.fieldPath()), type, reason, message);
    }
}
