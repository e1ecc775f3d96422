package io.kybern.replication.core;

/**
 * A condition in an owner's status.
 *
 * @param status {@code True}, {@code False} or {@code Unknown}
 * @param lastTransitionTime when the status last changed
 */
public record ReplicaCondition(String type, String status, String reason, String message, String lastTransitionTime) {

    /** Whether it says the same, whenever it began and however it is worded. */
    boolean saysTheSame(ReplicaCondition other) {
        return type.equals(other.type) && status.equals(other.status) && reason.equals(other.reason);
    }
}
