package io.kybern.apiserver.audit;

import io.kybern.api.Json;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.authn.WebhookFile;
import io.kybern.apiserver.request.ApiRequest;
import io.kybern.apiserver.request.RequestInfo;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Tells of requests, if there is a policy, to a file and to a webhook; see "Auditing" in the Kubernetes documentation. */
public final class Audit implements AutoCloseable {

    private final @Nullable AuditPolicy policy;
    private final List<AuditSink> sinks;
    private final Clock clock;

    private Audit(@Nullable AuditPolicy policy, List<AuditSink> sinks, Clock clock) {
        this.policy = policy;
        this.sinks = List.copyOf(sinks);
        this.clock = clock;
    }

    /** By those settings; nothing is written if they name no policy. */
    public static Audit of(AuditProperties properties, Clock clock, MeterRegistry meters) {
        Path policy = properties.policyFile();
        if (policy == null || policy.toString().isEmpty()) {
            return new Audit(null, List.of(), clock);
        }
        AuditPolicy rules = AuditPolicy.read(policy);
        List<AuditSink> sinks = new ArrayList<>();
        if (!properties.logPath().toString().isEmpty()) {
            sinks.add(new AuditLog(properties, clock, meters));
        }
        Path webhook = properties.webhook().configFile();
        if (webhook != null && !webhook.toString().isEmpty()) {
            sinks.add(new AuditWebhook(WebhookFile.read(webhook), properties.webhook(), meters));
        }
        return new Audit(rules, sinks, clock);
    }

    /**
     * What is known of a request when it comes.
     *
     * @param id its audit id
     * @param line what it asks for
     * @param sources where it came from, the client first
     * @param userAgent as the client says
     */
    public record Arrival(String id, ApiRequest.Line line, List<String> sources, String userAgent) {

        public Arrival {
            sources = List.copyOf(sources);
        }
    }

    /**
     * Begins to tell of a request; empty if nothing is told of it.
     *
     * @param user who asks
     */
    public Optional<AuditEntry> begin(Arrival arrival, UserInfo user) {
        if (policy == null || sinks.isEmpty()) {
            return Optional.empty();
        }
        RequestInfo info = arrival.line().info();
        AuditPolicy.Decision decision = policy.of(user, info);
        if (decision.level() == AuditLevel.NONE) {
            return Optional.empty();
        }
        AuditEntry entry = new AuditEntry(decision, arrival, user, clock, this::write);
        entry.received();
        return Optional.of(entry);
    }

    private void write(ObjectNode event) {
        byte[] entry = Json.bytes(event);
        sinks.forEach(each -> each.write(entry));
    }

    @Override
    public void close() {
        sinks.forEach(AuditSink::close);
    }
}
