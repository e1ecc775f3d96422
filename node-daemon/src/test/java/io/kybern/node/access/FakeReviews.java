package io.kybern.node.access;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An API server that knows tokens {@code of-<user>}, and what users may do. */
public final class FakeReviews implements Reviews {

    public volatile boolean away;

    /** What goes wrong in every review. */
    public volatile @Nullable Error fault;

    int tokenReviews;
    int accessReviews;
    private final Set<String> allowed = new HashSet<>();

    public void allow(String user, String verb, String subresource) {
        allowed.add(user + " " + verb + " " + subresource);
    }

    void refuse(String user, String verb, String subresource) {
        allowed.remove(user + " " + verb + " " + subresource);
    }

    private void answer(String question) throws ReviewException {
        Error wrong = fault;
        if (wrong != null) {
            throw wrong;
        }
        if (away) {
            throw ReviewException.unanswered(question, new IllegalStateException("connection refused"));
        }
    }

    @Override
    public Optional<Caller> tokenReview(String token) throws ReviewException {
        tokenReviews++;
        answer("TokenReview");
        return token.startsWith("of-")
                ? Optional.of(new Caller(token.substring(3), "7", List.of("system:" + token.substring(3)), Map.of()))
                : Optional.empty();
    }

    @Override
    public boolean subjectAccessReview(Caller caller, String verb, String subresource) throws ReviewException {
        accessReviews++;
        answer("SubjectAccessReview");
        return allowed.contains(caller.name() + " " + verb + " " + subresource)
                && caller.groups().contains("system:authenticated");
    }
}
