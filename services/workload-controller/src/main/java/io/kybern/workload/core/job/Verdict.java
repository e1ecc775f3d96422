package io.kybern.workload.core.job;

import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;

/**
 * That a Job is to end, and why. It is announced by an interim condition, and becomes final when all its pods have ended and are
 * counted. See KEP-3998 and "Termination of Job pods" of the Kubernetes documentation.
 */
record Verdict(boolean success, String reason, String message) {

    static final String SUCCESS_CRITERIA_MET = "SuccessCriteriaMet";
    static final String FAILURE_TARGET = "FailureTarget";

    static Verdict succeeded(String reason, String message) {
        return new Verdict(true, reason, message);
    }

    static Verdict failed(String reason, String message) {
        return new Verdict(false, reason, message);
    }

    /** What an earlier pass has announced. */
    static Verdict announced(boolean success, JobCondition condition) {
        return new Verdict(success, condition.getReason(), condition.getMessage());
    }

    String interimType() {
        return success ? SUCCESS_CRITERIA_MET : FAILURE_TARGET;
    }

    String finalType() {
        return success ? "Complete" : "Failed";
    }
}
