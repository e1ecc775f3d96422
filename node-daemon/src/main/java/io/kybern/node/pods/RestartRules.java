package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerRestartRule;
import io.fabric8.kubernetes.api.model.ContainerRestartRuleOnExitCodes;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether an ended container is started again: by the first of its own rules that its exit code matches, else by its own
 * policy, else by its pod's. See <a
 * href="https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/5307-container-restart-policy">KEP-5307</a>.
 */
final class RestartRules {

    private RestartRules() {}

    static boolean restarts(Pod pod, Container container, int exitCode) {
        if (first(container, exitCode).isPresent()) {
            return true;
        }
        return switch (policy(pod, container)) {
            case ALWAYS -> true;
            case ON_FAILURE -> exitCode != 0;
            case NEVER -> false;
        };
    }

    /** Whether the end of the container restarts all containers of its pod. */
    static boolean restartsAll(Container container, int exitCode) {
        return first(container, exitCode).filter(RestartRules::aboutAll).isPresent();
    }

    static boolean aboutAll(ContainerRestartRule rule) {
        return "RestartAllContainers".equals(rule.getAction());
    }

    private static Optional<ContainerRestartRule> first(Container container, int exitCode) {
        return Objects.requireNonNullElse(container.getRestartPolicyRules(), List.<ContainerRestartRule>of()).stream()
                .filter(rule -> matches(rule.getExitCodes(), exitCode))
                .findFirst();
    }

    /** Whether the container may run again at all. */
    static boolean everRestarts(Pod pod, Container container) {
        List<ContainerRestartRule> rules = container.getRestartPolicyRules();
        return policy(pod, container) != Specs.RestartPolicy.NEVER || (rules != null && !rules.isEmpty());
    }

    /** The policy of the container, which is its pod's if it has none of its own. */
    static Specs.RestartPolicy policy(Pod pod, Container container) {
        String own = container.getRestartPolicy();
        return own == null || own.isEmpty() ? Specs.restartPolicy(pod) : Specs.RestartPolicy.of(own);
    }

    private static boolean matches(@Nullable ContainerRestartRuleOnExitCodes codes, int exitCode) {
        if (codes == null) {
            return false;
        }
        List<Integer> values = Objects.requireNonNullElse(codes.getValues(), List.<Integer>of());
        return switch (Objects.requireNonNullElse(codes.getOperator(), "")) {
            case "In" -> values.contains(exitCode);
            case "NotIn" -> !values.contains(exitCode);
            default -> false;
        };
    }
}
