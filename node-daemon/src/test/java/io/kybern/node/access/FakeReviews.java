package io.kybern.node.access;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** An API server that knows tokens {@code of-<user>}, says of others what ours says, and knows what users may do. */
public final class FakeReviews implements Reviews {

    public volatile boolean away;

    /** What goes wrong in every review. */
    public volatile @Nullable Error fault;

    volatile int tokenReviews;
    volatile int accessReviews;

    /** Answers wait for it. */
    volatile CountDownLatch answers = new CountDownLatch(0);

    private final Set<String> allowed = new HashSet<>();

    public void allow(String user, String verb, String subresource) {
        allowed.add(user + " " + verb + " " + subresource);
    }

    void refuse(String user, String verb, String subresource) {
        allowed.remove(user + " " + verb + " " + subresource);
    }

    private void answer(String question) throws ReviewException {
        try {
            answers.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ReviewException.unanswered(question, e);
        }
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
        synchronized (this) {
            tokenReviews++;
        }
        answer("TokenReview");
        if (!token.startsWith("of-")) {
            throw ReviewException.unchecked("[invalid bearer token, service account token is not valid]");
        }
        return Optional.of(new Caller(token.substring(3), "7", List.of("system:" + token.substring(3)), Map.of()));
    }

    @Override
    public boolean subjectAccessReview(Caller caller, String verb, String subresource) throws ReviewException {
        synchronized (this) {
            accessReviews++;
        }
        answer("SubjectAccessReview");
        return allowed.contains(caller.name() + " " + verb + " " + subresource)
                && caller.groups().contains("system:authenticated");
    }
}
