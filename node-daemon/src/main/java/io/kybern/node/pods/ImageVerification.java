package io.kybern.node.pods;

import io.kybern.node.runtime.ImageReference;
import java.util.List;

/**
 * Which images on the machine only those pods may use that could fetch them, too. See <a
 * href="https://kubernetes.io/docs/concepts/containers/images/#ensureimagepullcredentialverification">image pull credential
 * verification</a>.
 *
 * @param policy which images it is about
 * @param free with {@link Policy#NEVER_VERIFY_ALLOWLISTED_IMAGES} the repositories that are for everyone; one that ends with
 *     {@code /*} stands for all below it
 */
public record ImageVerification(Policy policy, List<String> free) {

    /** What kubelets hold on to when nothing else is wanted. */
    public static final ImageVerification DEFAULT =
            new ImageVerification(Policy.NEVER_VERIFY_PRELOADED_IMAGES, List.of());

    /** The policies, named as the setting of kubelets names them. */
    public enum Policy {
        /** Every pod may use every image. */
        NEVER_VERIFY,
        /** Images that this node did not fetch are for everyone. */
        NEVER_VERIFY_PRELOADED_IMAGES,
        /** Only images of a list are for everyone. */
        NEVER_VERIFY_ALLOWLISTED_IMAGES,
        /** No image is for everyone. */
        ALWAYS_VERIFY
    }

    /** Refuses patterns that mean nothing. */
    public ImageVerification {
        free = List.copyOf(free);
        for (String pattern : free) {
            String place = pattern.endsWith("/*") ? pattern.substring(0, pattern.length() - 2) : pattern;
            if (place.isEmpty() || place.contains("*") || !place.equals(place.strip())) {
                throw new IllegalArgumentException("not a repository, nor one that ends with \"/*\": " + pattern);
            }
        }
    }

    /** @param fetched whether this node fetched the image */
    boolean wanted(String image, boolean fetched) {
        return switch (policy) {
            case NEVER_VERIFY -> false;
            case NEVER_VERIFY_PRELOADED_IMAGES -> fetched;
            case NEVER_VERIFY_ALLOWLISTED_IMAGES -> free.stream().noneMatch(pattern -> matches(pattern, image));
            case ALWAYS_VERIFY -> true;
        };
    }

    private static boolean matches(String pattern, String image) {
        String repository = ImageReference.repository(image);
        return pattern.endsWith("/*")
                ? repository.startsWith(pattern.substring(0, pattern.length() - 1))
                : repository.equals(pattern);
    }
}
