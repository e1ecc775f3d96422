package io.kybern.apiserver.storage;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the store is used.
 *
 * @param encryptionKeyFile the keys that secrets are encrypted with; absent or empty to store them as they are
 * @param encryptionConfig an {@code EncryptionConfiguration}: which resources are encrypted, and how; the keys above then still read
 *     secrets; absent or empty for none
 * @param encryptionReload how often that file is looked at
 * @param writeBudget how long a write may be tried: long enough for Redis to restart
 * @param readBudget how long a read may be tried
 * @param logRetention how long the log is kept at least
 * @param logMaxEntries more entries than this are forgotten even if they are younger or not yet relayed
 */
@ConfigurationProperties("kybern.apiserver.storage")
public record StorageProperties(
        @Nullable Path encryptionKeyFile,
        @Nullable Path encryptionConfig,
        @DefaultValue("10s") Duration encryptionReload,
        @DefaultValue("10s") Duration writeBudget,
        @DefaultValue("4s") Duration readBudget,
        @DefaultValue("10m") Duration logRetention,
        @DefaultValue("100000") long logMaxEntries) {}
