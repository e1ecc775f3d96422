package io.kybern.node.access;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How long answers about clients of the node's API are good, named as for kubelets.
 *
 * @param authentication about who they are
 * @param authorization about what they may do
 */
@ConfigurationProperties("kybern.node-daemon")
public record AccessProperties(
        @DefaultValue Authentication authentication,
        @DefaultValue Authorization authorization) {

    /** Who clients are. */
    public record Authentication(@DefaultValue TokenReviews webhook) {}

    /**
     * @param cacheTtl how long it is known whose a token is; also that it is nobody's, if the API server says so without an error. An answer
     *     with one, such as ours gives for every token that is nobody's, is not remembered
     */
    public record TokenReviews(@DefaultValue("2m") Duration cacheTtl) {}

    /** What clients may do. */
    public record Authorization(@DefaultValue AccessReviews webhook) {}

    /**
     * @param cacheAuthorizedTtl how long what was allowed stays allowed
     * @param cacheUnauthorizedTtl how long what was refused stays refused
     */
    public record AccessReviews(
            @DefaultValue("5m") Duration cacheAuthorizedTtl,
            @DefaultValue("30s") Duration cacheUnauthorizedTtl) {}
}
