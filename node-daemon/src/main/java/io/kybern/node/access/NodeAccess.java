package io.kybern.node.access;

import io.kybern.node.trouble.Trouble;
import io.kybern.service.access.CertifiedClients;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Decides about requests to the node's API as kubelets do with client certificates, token reviews and the authorization mode Webhook:
 * who shows neither a certificate of the cluster's authority nor a token that the API server knows is nobody, and nobody gets in.
 * Everything else the API server decides, but that members of {@code system:masters} may do all: it says so without asking anyone, and
 * its own way in must stay open while it cannot be asked. Where there is no answer there is no access, and where too many questions about
 * tokens are under way there is none for the moment.
 */
public final class NodeAccess {

    private static final Logger log = LoggerFactory.getLogger(NodeAccess.class);

    private static final String AUTHENTICATED = "system:authenticated";
    private static final String CREDENTIAL_ID = "authentication.kubernetes.io/credential-id";

    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int FAILED = 500;

    private record Question(Caller caller, String verb, String subresource) {}

    private final CertifiedClients certificates;
    private final Reviews reviews;
    private final ReviewCache<String, Optional<Caller>> bearers;
    private final ReviewCache<Question, Boolean> answers;
    private final Trouble unanswered = new Trouble();

    /** @param certificates knows the clients that show a certificate */
    public NodeAccess(CertifiedClients certificates, Reviews reviews, AccessProperties settings, Clock clock) {
        this.certificates = certificates;
        this.reviews = reviews;
        this.bearers = new ReviewCache<>(
                clock, caller -> settings.authentication().webhook().cacheTtl());
        AccessProperties.AccessReviews good = settings.authorization().webhook();
        this.answers =
                new ReviewCache<>(clock, allowed -> allowed ? good.cacheAuthorizedTtl() : good.cacheUnauthorizedTtl());
    }

    /**
     * Decides about one request. Blocks while the API server is asked.
     *
     * @param path the decoded path of the address
     * @param chain the certificates that the client has shown, none if it has not
     * @param authorization the header of that name, null if there is none
     */
    public Verdict check(String method, String path, X509Certificate[] chain, @Nullable String authorization) {
        try {
            Optional<Caller> caller = caller(chain, authorization);
            return caller.isEmpty()
                    ? new Verdict.Refused(UNAUTHORIZED, "Unauthorized")
                    : authorize(caller.get(), NodeRequest.of(method, path));
        } catch (ReviewException e) {
            tell(e, "Unable to authenticate the request due to an error");
            return e.why() == ReviewException.Why.TOO_MANY
                    ? new Verdict.Refused(TOO_MANY_REQUESTS, "Too many requests, please try again later.")
                    : new Verdict.Refused(UNAUTHORIZED, "Unauthorized");
        }
    }

    /** Anybody can bring these about, as often as they like: the log is told once that there are no answers. */
    private void tell(ReviewException failure, String message) {
        boolean silence = failure.why() == ReviewException.Why.UNANSWERED;
        log.atLevel(silence ? unanswered.failed() : Level.DEBUG)
                .addKeyValue("why", failure.getMessage())
                .log(message);
    }

    private Optional<Caller> caller(X509Certificate[] chain, @Nullable String authorization) throws ReviewException {
        Optional<Caller> shown = certificates
                .authenticate(chain)
                .map(client -> new Caller(
                        client.name(), "", client.groups(), Map.of(CREDENTIAL_ID, List.of(client.credential()))));
        if (shown.isEmpty()) {
            Optional<String> token = bearerToken(authorization);
            shown = token.isEmpty() ? Optional.empty() : bearer(token.get());
        }
        return shown.map(NodeAccess::authenticated);
    }

    private static Caller authenticated(Caller caller) {
        if (caller.groups().contains(AUTHENTICATED)) {
            return caller;
        }
        List<String> groups = new ArrayList<>(caller.groups());
        groups.add(AUTHENTICATED);
        return new Caller(caller.name(), caller.uid(), groups, caller.extra());
    }

    private static Optional<String> bearerToken(@Nullable String authorization) {
        if (authorization == null) {
            return Optional.empty();
        }
        String[] parts = authorization.strip().split(" ", 3);
        return parts.length > 1 && parts[0].equalsIgnoreCase("Bearer") && !parts[1].isEmpty()
                ? Optional.of(parts[1])
                : Optional.empty();
    }

    private Optional<Caller> bearer(String token) throws ReviewException {
        return bearers.answer(digest(token), () -> {
            Optional<Caller> caller = reviews.tokenReview(token);
            unanswered.over();
            return caller;
        });
    }

    private static String digest(String token) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private Verdict authorize(Caller caller, NodeRequest request) {
        if (caller.isMaster()) {
            return new Verdict.Admitted(caller);
        }
        for (String subresource : request.subresources()) {
            try {
                if (allowed(new Question(caller, request.verb(), subresource))) {
                    return new Verdict.Admitted(caller);
                }
            } catch (ReviewException e) {
                tell(e, "Authorization error");
                return new Verdict.Refused(
                        FAILED,
                        "Authorization error (user=%s, verb=%s, resource=nodes, subresource=%s)"
                                .formatted(caller.name(), request.verb(), subresource));
            }
        }
        return new Verdict.Refused(
                FORBIDDEN,
                "Forbidden (user=%s, verb=%s, resource=nodes, subresource(s)=[%s])\n"
                        .formatted(caller.name(), request.verb(), String.join(" ", request.subresources())));
    }

    private boolean allowed(Question question) throws ReviewException {
        return answers.answer(question, () -> {
            boolean allowed = reviews.subjectAccessReview(question.caller(), question.verb(), question.subresource());
            unanswered.over();
            return allowed;
        });
    }
}
