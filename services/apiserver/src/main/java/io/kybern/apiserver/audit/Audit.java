package io.kybern.apiserver.audit;

import io.kybern.api.Json;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.RequestInfo;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Writes the audit log, if there is a policy; see "Auditing" in the Kubernetes documentation. */
public final class Audit implements AutoCloseable {

    private final @Nullable AuditPolicy policy;
    private final @Nullable AuditLog log;
    private final Clock clock;

    private Audit(@Nullable AuditPolicy policy, @Nullable AuditLog log, Clock clock) {
        this.policy = policy;
        this.log = log;
        this.clock = clock;
    }

    /** By those settings; nothing is written if they name no policy. */
    public static Audit of(AuditProperties properties, Clock clock, MeterRegistry meters) {
        return properties.policyFile() == null
                ? new Audit(null, null, clock)
                : new Audit(AuditPolicy.read(properties.policyFile()), new AuditLog(properties, clock, meters), clock);
    }

    /**
     * What is known of a request when it comes.
     *
     * @param id its audit id
     * @param line what it asks for
     * @param sources where it came from, the client first
     * @param userAgent as the client says
     */
    public record Arrival(String id, ApiRequest.Line line, List<String> sources, String userAgent) {}

    /**
     * Begins to tell of a request; empty if nothing is told of it.
     *
     * @param user who asks
     */
    public Optional<AuditEntry> begin(Arrival arrival, UserInfo user) {
        AuditLog into = log;
        if (policy == null || into == null) {
            return Optional.empty();
        }
        RequestInfo info = arrival.line().info();
        AuditPolicy.Decision decision = policy.of(user, info);
        if (decision.level() == AuditLevel.NONE) {
            return Optional.empty();
        }
        AuditEntry entry = new AuditEntry(decision, arrival, user, clock, event -> into.write(Json.bytes(event)));
        entry.received();
        return Optional.of(entry);
    }

    @Override
    public void close() {
        if (log != null) {
            log.close();
        }
    }
}
