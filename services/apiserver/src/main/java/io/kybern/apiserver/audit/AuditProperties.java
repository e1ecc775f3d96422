package io.kybern.apiserver.audit;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How requests are audited.
 *
 * @param policyFile the policy; absent for no audit
 * @param logPath the file that entries are written to, one JSON object a line; empty for none
 * @param maxSizeMegabytes a longer file is put aside and a new one begun
 * @param maxBackups how many files that were put aside are kept
 * @param queueLength how many entries may wait to be written; what comes on top is lost, and counted
 * @param webhook whom entries are sent to
 */
@ConfigurationProperties("kybern.apiserver.audit")
public record AuditProperties(
        @Nullable Path policyFile,
        @DefaultValue("/var/log/kybern/audit.log") Path logPath,
        @DefaultValue("100") int maxSizeMegabytes,
        @DefaultValue("10") int maxBackups,
        @DefaultValue("10000") int queueLength,
        @DefaultValue Webhook webhook) {

    /**
     * Whom entries are sent to, beside the file.
     *
     * @param configFile a file like a kubeconfig that names the webhook; absent for none
     * @param batch as many entries are sent at once
     * @param maxWait after this time fewer are
     * @param queueLength how many entries may wait to be sent; what comes on top is lost, and counted
     * @param backoff how long the first pause is when the webhook fails
     */
    public record Webhook(
            @Nullable Path configFile,
            @DefaultValue("400") int batch,
            @DefaultValue("30s") Duration maxWait,
            @DefaultValue("10000") int queueLength,
            @DefaultValue("10s") Duration backoff) {}
}
