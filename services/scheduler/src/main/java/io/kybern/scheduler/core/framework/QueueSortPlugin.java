package io.kybern.scheduler.core.framework;

import io.kybern.scheduler.core.model.PodInfo;
import java.time.Instant;

/** Says which of two waiting pods is tried first. There is exactly one. */
public interface QueueSortPlugin extends Plugin {

    /** Negative if the first goes first; zero if the order of arrival decides. */
    int compare(PodInfo first, Instant firstSince, PodInfo second, Instant secondSince);
}
