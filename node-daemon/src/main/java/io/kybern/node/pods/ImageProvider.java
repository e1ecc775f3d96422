package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ImageVolumeSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.events.EventSink;
import io.kybern.node.runtime.ContainerRuntime;
import io.kybern.node.runtime.ImageDetails;
import io.kybern.node.runtime.ImageReference;
import io.kybern.node.runtime.RuntimeFailure;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a container's image ready as its pull policy wants it. See <a
 * href="https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy">image pull policy</a>. One per pod,
 * used by one thread at a time.
 */
final class ImageProvider {

    private static final Logger log = LoggerFactory.getLogger(ImageProvider.class);
    private static final Duration LONGEST_PULL = Duration.ofMinutes(30);

    private final ContainerRuntime runtime;
    private final EventSink events;
    private final Clock clock;
    private final ImagePulls pulls;
    private final PullSecrets secrets;
    private final RestartBackOff backOff = new RestartBackOff();
    private final Map<String, Instant> lastFailure = new HashMap<>();
    private final Map<String, String> lastError = new HashMap<>();

    ImageProvider(PodPorts ports, ImagePulls pulls) {
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
        Logins logins = new Logins(pod, reference);
        if (present.isPresent()
                && !policy.equals("Always")
                && !pulls.images().mustFetch(reference, present.get().id(), logins)) {
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
            // the same for an image that is here but not for this pod, which is not to learn of it
            String message = "Container image \"" + wanted.name() + "\" is not present with pull policy of Never";
            event(pod, wanted, EventSink.Type.WARNING, "ErrImageNeverPull", message);
            throw ContainerFailure.of("ErrImageNeverPull", message);
        }
        return pull(pod, wanted, reference, logins);
    }

    private ImageDetails pull(Pod pod, Wanted wanted, String reference, Logins logins)
            throws ContainerFailure, InterruptedException {
        String name = wanted.name();
        Instant failed = lastFailure.get(reference);
        if (failed != null
                && backOff.waitAfter(reference, failed, clock.instant()).isPresent()) {
            String message = "Back-off pulling image \"" + name + "\"";
            event(pod, wanted, EventSink.Type.NORMAL, "BackOff", message);
            throw ContainerFailure.of(
                    "ImagePullBackOff", message + ": ErrImagePull: " + lastError.getOrDefault(reference, ""));
        }
        List<PullLogin> keys = logins.get();
        event(pod, wanted, EventSink.Type.NORMAL, "Pulling", "Pulling image \"" + name + "\"");
        Instant asked = clock.instant();
        Instant begun;
        Fetched fetched;
        pulls.turns().acquire();
        try {
            begun = clock.instant();
            fetched = fetchNoted(reference, keys);
        } catch (RuntimeFailure | IOException broken) {
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
            pulls.turns().release();
        }
        Instant done = clock.instant();
        ImageDetails image = fetched.image();
        forgetOthers();
        lastFailure.remove(reference);
        backOff.forget(reference);
        event(
                pod,
                wanted,
                EventSink.Type.NORMAL,
                "Pulled",
                "Successfully pulled image \"" + name + "\" in " + duration(begun, done) + " (" + duration(asked, done)
                        + " including waiting). Image size: " + image.sizeBytes() + " bytes.");
        return image;
    }

    /** An image, and the login that it was fetched with. */
    private record Fetched(ImageDetails image, @Nullable PullLogin with) {}

    /** Fetches an image, and keeps with which login it came. */
    private Fetched fetchNoted(String reference, List<PullLogin> logins) throws IOException {
        pulls.images().begins(reference);
        Fetched fetched = null;
        boolean came = false;
        PulledImages.Failure failure = PulledImages.Failure.UNCERTAIN;
        try {
            PullLogin with = fetch(reference, logins);
            came = true;
            fetched = new Fetched(fetched(reference), with);
            return fetched;
        } catch (RuntimeFailure broken) {
            failure = failure(reference, came || broken.kind() == RuntimeFailure.Kind.UNREACHABLE);
            throw broken;
        } finally {
            if (fetched == null) {
                pulls.images().failed(reference, failure);
            } else {
                pulls.images().succeeded(reference, fetched.image().id(), fetched.with());
            }
        }
    }

    /** How a fetch failed, for who may have the image if it is here. */
    private PulledImages.Failure failure(String reference, boolean mayHaveCome) {
        if (Thread.currentThread().isInterrupted()) {
            return PulledImages.Failure.UNCERTAIN;
        }
        try {
            if (runtime.image(reference).isEmpty()) {
                return PulledImages.Failure.ABSENT;
            }
        } catch (RuntimeFailure silent) {
            log.atDebug().setCause(silent).log("the engine does not tell whether the image came");
            return PulledImages.Failure.UNCERTAIN;
        }
        return mayHaveCome ? PulledImages.Failure.UNCERTAIN : PulledImages.Failure.REFUSED;
    }

    /** With each login in turn, until one is let in, which is the answer. */
    private @Nullable PullLogin fetch(String reference, List<PullLogin> logins) {
        if (logins.isEmpty()) {
            runtime.pull(reference, null, LONGEST_PULL);
            return null;
        }
        RuntimeFailure last = null;
        for (PullLogin login : logins) {
            try {
                runtime.pull(reference, login.login(), LONGEST_PULL);
                return login;
            } catch (RuntimeFailure refused) {
                last = refused;
                // an engine that is silent is not asked again, lest it is forgotten that the image may have come
                if (refused.kind() == RuntimeFailure.Kind.UNREACHABLE
                        || Thread.currentThread().isInterrupted()) {
                    break;
                }
            }
        }
        throw Objects.requireNonNull(last);
    }

    private ImageDetails fetched(String reference) {
        return runtime.image(reference)
                .orElseThrow(() -> RuntimeFailure.answered(
                        RuntimeFailure.Kind.NOT_FOUND,
                        "image \"" + reference + "\" vanished after the pull",
                        new IllegalStateException(reference)));
    }

    /** What is kept of images that are no longer on the machine goes, lest it grows for ever. */
    private void forgetOthers() {
        Instant now = clock.instant();
        try {
            Set<String> present =
                    runtime.images().stream().map(ImageDetails::id).collect(Collectors.toSet());
            pulls.images().keep(present, now);
        } catch (RuntimeFailure later) {
            log.atDebug().setCause(later).log("the engine does not tell its images; the next pull asks again");
        }
    }

    /** As Go writes it: {@code 287ms}, {@code 1.287s}, {@code 1m1.287s}. */
    static String duration(Instant from, Instant to) {
        long millis = Math.max(0, Duration.between(from, to).toMillis());
        if (millis < 1000) {
            return millis == 0 ? "0s" : millis + "ms";
        }
        String seconds =
                BigDecimal.valueOf(millis % 60_000, 3).stripTrailingZeros().toPlainString() + "s";
        long minutes = millis / 60_000;
        String upToHours = minutes == 0 ? seconds : minutes % 60 + "m" + seconds;
        return minutes < 60 ? upToHours : minutes / 60 + "h" + upToHours;
    }

    /** The logins that a pod has for an image: asked for when they are needed, and once. */
    private final class Logins implements Supplier<List<PullLogin>> {
        private final Pod pod;
        private final String reference;
        private @Nullable List<PullLogin> found;

        Logins(Pod pod, String reference) {
            this.pod = pod;
            this.reference = reference;
        }

        @Override
        public List<PullLogin> get() {
            List<PullLogin> known = found;
            if (known == null) {
                known = secrets.logins(pod, reference);
                found = known;
            }
            return known;
        }
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
