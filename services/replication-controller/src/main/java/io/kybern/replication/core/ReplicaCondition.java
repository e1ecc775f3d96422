package io.kybern.replication.core;

import static java.util.Objects.requireNonNullElse;

import org.jspecify.annotations.Nullable;

/**
 * A condition in an owner's status.
 *
 * @param status {@code True}, {@code False} or {@code Unknown}
 * @param lastTransitionTime when the status last changed
 */
public record ReplicaCondition(String type, String status, String reason, String message, String lastTransitionTime) {

    /** A condition as an object has it, where what is not said is absent. */
    static ReplicaCondition of(
            String type,
            String status,
            @Nullable String reason,
            @Nullable String message,
            @Nullable String lastTransitionTime) {
        return new ReplicaCondition(
                type,
                status,
                requireNonNullElse(reason, ""),
                requireNonNullElse(message, ""),
                requireNonNullElse(lastTransitionTime, ""));
    }

    /** Whether it says the same, whenever it began and however it is worded. */
    boolean saysTheSame(ReplicaCondition other) {
        return type.equals(other.type) && status.equals(other.status) && reason.equals(other.reason);
    }
}
