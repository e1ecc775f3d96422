package io.kybern.apiserver.audit;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How requests are audited.
 *
 * @param policyFile the policy; absent for no audit log
 * @param logPath the file that entries are written to, one JSON object a line
 * @param maxSizeMegabytes a longer file is put aside and a new one begun
 * @param maxBackups how many files that were put aside are kept
 * @param queueLength how many entries may wait to be written; what comes on top is lost, and counted
 */
@ConfigurationProperties("kybern.apiserver.audit")
public record AuditProperties(
        @Nullable Path policyFile,
        @DefaultValue("/var/log/kybern/audit.log") Path logPath,
        @DefaultValue("100") int maxSizeMegabytes,
        @DefaultValue("10") int maxBackups,
        @DefaultValue("10000") int queueLength) {}
