package io.kybern.node.runtime;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a container's log is wanted.
 *
 * @param follow keep the stream open until the container ends
 * @param tailLines only so many last lines; negative for all
 * @param since only lines after this moment; null for all
 * @param timestamps put the time (RFC 3339, nanoseconds) before every line
 * @param tty whether the container was created with a terminal (its log then is one stream)
 */
public record LogRequest(
        boolean follow, int tailLines, @Nullable Instant since, boolean timestamps, boolean tty) {}
