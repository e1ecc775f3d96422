package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.events.EventSink;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.runtime.ImageDetails;
import io.kybern.node.runtime.RuntimeFailure;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;

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
    private final RestartBackOff backOff = new RestartBackOff();
    private final Map<String, Instant> lastFailure = new HashMap<>();
    private final Map<String, String> lastError = new HashMap<>();

    ImageProvider(ContainerRuntime runtime, EventSink events, Clock clock, Semaphore pulls) {
        this.runtime = runtime;
        this.events = events;
        this.clock = clock;
        this.pulls = pulls;
    }

    /** The image, fetched if the policy asks for it. */
    ImageDetails ensure(Pod pod, Container container) throws ContainerFailure, InterruptedException {
        String name = container.getImage();
        String reference = withTag(name);
        Optional<ImageDetails> present;
        try {
            present = runtime.image(reference);
        } catch (RuntimeFailure broken) {
            String message = "Failed to inspect image \"" + name + "\": " + broken.getMessage();
            event(pod, container, EventSink.Type.WARNING, "InspectFailed", message);
            throw ContainerFailure.of("ImageInspectError", message);
        }
        String policy = policy(container, reference);
        if (present.isPresent() && !policy.equals("Always")) {
            event(
                    pod,
                    container,
                    EventSink.Type.NORMAL,
                    "Pulled",
                    "Container image \"" + name + "\" already present on machine and can be accessed by the pod");
            return present.get();
        }
        if (policy.equals("Never")) {
            String message = "Container image \"" + name + "\" is not present with pull policy of Never";
            event(pod, container, EventSink.Type.WARNING, "ErrImageNeverPull", message);
            throw ContainerFailure.of("ErrImageNeverPull", message);
        }
        return pull(pod, container, reference);
    }

    /** When a failed pull may be tried again; empty if there is none to wait for. */
    Optional<Instant> retryAt(Container container) {
        String reference = withTag(container.getImage());
        Instant failed = lastFailure.get(reference);
        return failed == null
                ? Optional.empty()
                : backOff.waitAfter(reference, failed, clock.instant()).map(RestartBackOff.Wait::until);
    }

    private ImageDetails pull(Pod pod, Container container, String reference)
            throws ContainerFailure, InterruptedException {
        String name = container.getImage();
        Instant failed = lastFailure.get(reference);
        if (failed != null
                && backOff.waitAfter(reference, failed, clock.instant()).isPresent()) {
            String message = "Back-off pulling image \"" + name + "\"";
            event(pod, container, EventSink.Type.NORMAL, "BackOff", message);
            throw ContainerFailure.of(
                    "ImagePullBackOff", message + ": ErrImagePull: " + lastError.getOrDefault(reference, ""));
        }
        event(pod, container, EventSink.Type.NORMAL, "Pulling", "Pulling image \"" + name + "\"");
        Instant asked = clock.instant();
        pulls.acquire();
        Instant begun = clock.instant();
        try {
            runtime.pull(reference, LONGEST_PULL);
        } catch (RuntimeFailure broken) {
            if (Thread.interrupted()) {
                throw new InterruptedException("the pod ends");
            }
            String error = String.valueOf(broken.getMessage());
            event(pod, container, EventSink.Type.WARNING, "Failed", "Failed to pull image \"" + name + "\": " + error);
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
                container,
                EventSink.Type.NORMAL,
                "Pulled",
                "Successfully pulled image \"" + name + "\" in " + seconds(begun, done) + " (" + seconds(asked, done)
                        + " including waiting). Image size: " + image.sizeBytes() + " bytes.");
        return image;
    }

    private static String seconds(Instant from, Instant to) {
        return Duration.between(from, to).toMillis() / 1000.0 + "s";
    }

    private static String policy(Container container, String reference) {
        String policy = container.getImagePullPolicy();
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

    private void event(Pod pod, Container container, EventSink.Type type, String reason, String message) {
        events.record(EventSink.of(pod, Specs.fieldPath(pod, container)), type, reason, message);
    }
}
