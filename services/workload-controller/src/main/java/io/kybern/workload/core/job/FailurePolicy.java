package io.kybern.workload.core.job;

import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyOnExitCodesRequirement;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyOnPodConditionsPattern;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyRule;
import io.kybern.controller.model.PodStates;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a failed pod means for its Job. See "Pod failure policy" of the Kubernetes page "Jobs". */
final class FailurePolicy {

    private FailurePolicy() {}

    /** What follows from a failure. */
    sealed interface Consequence {

        /** It counts against the limits. */
        record Counts() implements Consequence {}

        /** It does not count. */
        record Ignored() implements Consequence {}

        /** It counts, and ends the pod's index. */
        record EndsIndex() implements Consequence {}

        /** It counts, and ends the Job. */
        record EndsJob(String message) implements Consequence {}

        /** Whether the failure is counted. */
        default boolean isCounted() {
            return !(this instanceof Ignored);
        }
    }

    /** The consequence of the first rule that fits; without one a failure counts. */
    static Consequence of(Pod pod, JobSettings settings) {
        if (settings.failurePolicy() == null || settings.failurePolicy().getRules() == null) {
            return new Consequence.Counts();
        }
        List<PodFailurePolicyRule> rules = settings.failurePolicy().getRules();
        for (int number = 0; number < rules.size(); number++) {
            PodFailurePolicyRule rule = rules.get(number);
            Optional<String> found = match(pod, rule);
            if (found.isPresent()) {
                return switch (rule.getAction()) {
                    case "Ignore" -> new Consequence.Ignored();
                    case "FailIndex" -> new Consequence.EndsIndex();
                    case "FailJob" ->
                        new Consequence.EndsJob(found.get() + " matching FailJob rule at index " + number);
                    default -> new Consequence.Counts();
                };
            }
        }
        return new Consequence.Counts();
    }

    /** What about the pod fits the rule, for people. */
    private static Optional<String> match(Pod pod, PodFailurePolicyRule rule) {
        String name = pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName();
        if (rule.getOnExitCodes() != null) {
            return JobPods.containers(pod)
                    .filter(status -> matches(status, rule.getOnExitCodes()))
                    .findFirst()
                    .map(status -> "Container " + status.getName() + " for pod " + name + " failed with exit code "
                            + status.getState().getTerminated().getExitCode());
        }
        for (PodFailurePolicyOnPodConditionsPattern pattern : Objects.requireNonNullElse(
                rule.getOnPodConditions(), List.<PodFailurePolicyOnPodConditionsPattern>of())) {
            Optional<PodCondition> condition = PodStates.condition(pod, pattern.getType());
            String wanted = Objects.requireNonNullElse(pattern.getStatus(), "True");
            if (condition.isPresent() && wanted.equals(condition.get().getStatus())) {
                return Optional.of("Pod " + name + " has condition " + pattern.getType());
            }
        }
        return Optional.empty();
    }

    private static boolean matches(ContainerStatus status, PodFailurePolicyOnExitCodesRequirement requirement) {
        @Nullable
        ContainerStateTerminated ended =
                status.getState() == null ? null : status.getState().getTerminated();
        boolean named = requirement.getContainerName() == null
                || requirement.getContainerName().equals(status.getName());
        if (!named || ended == null || ended.getExitCode() == null || ended.getExitCode() == 0) {
            return false;
        }
        boolean listed = requirement.getValues().contains(ended.getExitCode());
        return switch (requirement.getOperator()) {
            case "In" -> listed;
            case "NotIn" -> !listed;
            default -> false;
        };
    }
}
