package io.kybern.apiserver.filters;

import io.kybern.api.status.ApiException;
import io.kybern.apiserver.audit.AuditEntry;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.authz.AccessAttributes;
import io.kybern.apiserver.flowcontrol.FlowControl;
import io.kybern.apiserver.request.ApiHandler;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.ApiResponse;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one request passes on its virtual thread, in this order: authentication, the audit's beginning, impersonation; if it has a body,
 * authorization, and the body; a place, its turn, authorization, the handler. So a body is taken in only from somebody who may send it,
 * and before anything is taken that others need.
 */
final class RequestTurn {

    private static final Logger log = LoggerFactory.getLogger(RequestTurn.class);
    private static final UserInfo NOBODY = UserInfo.of("", List.of());
    private static final Runnable NOTHING = () -> {};

    private final Guards guards;
    private final Callers callers;
    private final ApiHandler handler;
    private final RequestMetrics metrics;
    private final Exchange exchange;
    private @Nullable ApiRequest request;
    private boolean senderKnown;
    private @Nullable AuditEntry entry;

    RequestTurn(Guards guards, Callers callers, ApiHandler handler, RequestMetrics metrics, Exchange exchange) {
        this.guards = guards;
        this.callers = callers;
        this.handler = handler;
        this.metrics = metrics;
        this.exchange = exchange;
    }

    /** An answer with the warnings that go with it, and what is to be done when it has been written. */
    record Answer(ApiResponse response, List<String> warnings, Runnable end) {

        Answer(ApiResponse response) {
            this(response, List.of(), NOTHING);
        }
    }

    /** Answers, whatever happens; blocks. */
    Answer answer() {
        ApiResponse response;
        try {
            response = identified();
        } catch (BodyRefusedException e) {
            if (e.isUnread()) {
                // what may still come of it is not waited for
                exchange.endConnection();
            }
            response = exchange.failure(e.answer());
        } catch (ApiException e) {
            response = exchange.failure(e);
        } catch (RuntimeException | VirtualMachineError | LinkageError e) {
            // an Error too, a stack overflow for one, is the fault of one request and must not cost the others theirs
            log.atError()
                    .addKeyValue("method", exchange.line().method())
                    .addKeyValue("uri", exchange.line().uri())
                    .addKeyValue("auditId", exchange.shownAuditId())
                    .setCause(e)
                    .log("A request failed by a fault of the server");
            response = exchange.failure(ApiException.internal("the server could not answer; see its log", e));
        }
        if (!senderKnown) {
            entry = guards.audit().begin(exchange.arrival(), NOBODY).orElse(null);
        }
        boolean known = response.code() != 404 && response.code() != 405;
        long nanos = System.nanoTime() - exchange.startNanos();
        metrics.done(exchange.line().info(), known || response instanceof ApiResponse.Streamed, response.code(), nanos);
        Runnable end = entry == null ? NOTHING : entry.answered(response);
        if (!exchange.body().forget()) {
            exchange.endConnection();
        }
        return new Answer(response, request == null ? List.of() : request.warnings(), end);
    }

    private ApiResponse identified() {
        UserInfo sender = callers.sender(exchange.channel(), exchange.headers());
        senderKnown = true;
        @Nullable
        AuditEntry begun = guards.audit().begin(exchange.arrival(), sender).orElse(null);
        entry = begun;
        Optional<UserInfo> acting = callers.actsAs(sender, exchange.headers());
        UserInfo user = acting.orElse(sender);
        return begun == null ? whole(user) : begun.answering(acting.orElse(null), () -> whole(user));
    }

    /** Takes in the body, if the user may send one. */
    private ApiResponse whole(UserInfo user) {
        boolean sendsBody = exchange.body().isPending();
        byte[] body = sendsBody ? bodyOf(user) : RequestBody.NONE;
        if (entry != null) {
            entry.sent(body);
        }
        ApiRequest asked = new ApiRequest(exchange.line(), exchange.headers(), body, user);
        request = asked;
        return inTurn(asked, sendsBody);
    }

    private byte[] bodyOf(UserInfo user) {
        try (FlowControl.Ticket ticket = ticket(user, FlowControl.Attitude.TAKES_NO_SEAT)) {
            authorize(user);
            return exchange.body().read(new BodyBudget.Level(ticket.level(), ticket.exempt()));
        }
    }

    private ApiResponse inTurn(ApiRequest asked, boolean authorized) {
        FlowControl.Attitude attitude = attitude();
        try (FlowControl.Ticket ticket = ticket(asked.user(), attitude)) {
            if (!ticket.admitted()) {
                throw ApiException.tooManyRequests(BodyRefusedException.TOO_MANY, 1);
            }
            if (!authorized) {
                authorize(asked.user());
            }
            return handler.handle(asked);
        }
    }

    private FlowControl.Attitude attitude() {
        if (exchange.lasts()) {
            // a watch takes a seat until its beginning is known
            return exchange.line().info().verb().equals("watch")
                    ? FlowControl.Attitude.WAITS
                    : FlowControl.Attitude.TAKES_NO_SEAT;
        }
        return switch (exchange.visit().enter()) {
            case FREE -> FlowControl.Attitude.WAITS;
            case CROWDED -> FlowControl.Attitude.NOW_OR_NEVER;
            case NONE -> throw ApiException.tooManyRequests(BodyRefusedException.TOO_MANY, 1);
        };
    }

    private FlowControl.Ticket ticket(UserInfo user, FlowControl.Attitude attitude) {
        ApiRequest.Line line = exchange.line();
        FlowControl.Ticket ticket = guards.flowControl().enter(user, line.info(), line.query(), attitude);
        note("X-Kubernetes-PF-FlowSchema-UID", ticket.schemaUid());
        note("X-Kubernetes-PF-PriorityLevel-UID", ticket.levelUid());
        return ticket;
    }

    private void note(String header, String value) {
        if (!value.isEmpty()) {
            exchange.response().header(header, value);
        }
    }

    private void authorize(UserInfo user) {
        ApiRequest.Line line = exchange.line();
        guards.authorization().require(AccessAttributes.of(user, line.info(), line.query()));
    }
}
