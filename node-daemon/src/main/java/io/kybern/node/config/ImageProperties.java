package io.kybern.node.config;

import io.kybern.node.pods.ImageVerification;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings about images, named and written as for kubelets.
 *
 * @param imagePullCredentialsVerificationPolicy which images that are on the node only those pods get that could fetch them
 * @param preloadedImagesVerificationAllowlist the repositories that are for every pod, with the policy that has a list
 */
@ConfigurationProperties("kybern.node-daemon")
public record ImageProperties(
        @DefaultValue("NeverVerifyPreloadedImages") ImageVerification.Policy imagePullCredentialsVerificationPolicy,

        @DefaultValue List<String> preloadedImagesVerificationAllowlist) {

    /** What holds of them. */
    ImageVerification verification() {
        return new ImageVerification(imagePullCredentialsVerificationPolicy, preloadedImagesVerificationAllowlist);
    }
}
