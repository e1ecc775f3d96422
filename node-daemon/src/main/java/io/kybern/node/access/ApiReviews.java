package io.kybern.node.access;

import io.fabric8.kubernetes.api.model.authentication.TokenReview;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatus;
import io.fabric8.kubernetes.api.model.authentication.UserInfo;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.RequestConfigBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Asks with the node's own identity: the cluster role {@code system:node} lets it. */
public final class ApiReviews implements Reviews {

    /** As long as kubelets wait: shorter than for what the node itself wants to know, as a client waits meanwhile. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final KubernetesClient client;
    private final String node;

    /** @param node the name of this node */
    public ApiReviews(KubernetesClient client, String node) {
        this(client, node, PATIENCE);
    }

    /** @param patience how long an answer may take */
    ApiReviews(KubernetesClient client, String node, Duration patience) {
        this.client = client.newClient(
                        new RequestConfigBuilder(client.getConfiguration().getRequestConfig())
                                .withRequestTimeout((int) patience.toMillis())
                                .build())
                .adapt(KubernetesClient.class);
        this.node = node;
    }

    @Override
    public Optional<Caller> tokenReview(String token) throws ReviewException {
        try {
            TokenReview answer = client.tokenReviews()
                    .create(new TokenReviewBuilder()
                            .withNewSpec()
                            .withToken(token)
                            .endSpec()
                            .build());
            return caller(answer.getStatus());
        } catch (KubernetesClientException e) {
            throw ReviewException.unanswered("TokenReview", e);
        }
    }

    private static Optional<Caller> caller(TokenReviewStatus status) throws ReviewException {
        if (status == null) {
            throw ReviewException.unchecked("the answer has no status");
        }
        if (!Boolean.TRUE.equals(status.getAuthenticated())) {
            String error = status.getError();
            if (error != null && !error.isEmpty()) {
                throw ReviewException.unchecked(error);
            }
            return Optional.empty();
        }
        UserInfo user = status.getUser();
        return user == null || user.getUsername() == null || user.getUsername().isEmpty()
                ? Optional.empty()
                : Optional.of(new Caller(
                        user.getUsername(),
                        Objects.requireNonNullElse(user.getUid(), ""),
                        Objects.requireNonNullElse(user.getGroups(), List.of()),
                        Objects.requireNonNullElse(user.getExtra(), Map.of())));
    }

    @Override
    public boolean subjectAccessReview(Caller caller, String verb, String subresource) throws ReviewException {
        try {
            SubjectAccessReview answer = client.authorization()
                    .v1()
                    .subjectAccessReview()
                    .create(new SubjectAccessReviewBuilder()
                            .withNewSpec()
                            .withUser(caller.name())
                            .withUid(caller.uid())
                            .withGroups(caller.groups())
                            .withExtra(caller.extra())
                            .withNewResourceAttributes()
                            .withVerb(verb)
                            .withVersion("v1")
                            .withResource("nodes")
                            .withSubresource(subresource)
                            .withName(node)
                            .endResourceAttributes()
                            .endSpec()
                            .build());
            return answer.getStatus() != null
                    && Boolean.TRUE.equals(answer.getStatus().getAllowed());
        } catch (KubernetesClientException e) {
            throw ReviewException.unanswered("SubjectAccessReview", e);
        }
    }
}
