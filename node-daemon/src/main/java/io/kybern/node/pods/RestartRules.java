package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether an ended container is started again: by its own rules about exit codes, else by its own policy, else by its pod's.
 * See <a href="https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/5307-container-restart-policy">KEP-5307</a>.
 */
final class RestartRules {

    private RestartRules() {}

    static boolean restarts(Pod pod, Container container, int exitCode) {
        for (Object rule : list(container.getAdditionalProperties().get("restartPolicyRules"))) {
            if (rule instanceof Map<?, ?> fields
                    && "Restart".equals(fields.get("action"))
                    && fields.get("exitCodes") instanceof Map<?, ?> codes
                    && matches(codes, exitCode)) {
                return true;
            }
        }
        return switch (policy(pod, container)) {
            case ALWAYS -> true;
            case ON_FAILURE -> exitCode != 0;
            case NEVER -> false;
        };
    }

    /** The policy of the container, which is its pod's if it has none of its own. */
    static Specs.RestartPolicy policy(Pod pod, Container container) {
        String own = container.getRestartPolicy();
        return own == null || own.isEmpty() ? Specs.restartPolicy(pod) : Specs.RestartPolicy.of(own);
    }

    private static boolean matches(Map<?, ?> codes, int exitCode) {
        boolean listed = list(codes.get("values")).stream()
                .anyMatch(value -> value instanceof Number number && number.intValue() == exitCode);
        return "In".equals(codes.get("operator")) ? listed : "NotIn".equals(codes.get("operator")) && !listed;
    }

    private static Collection<?> list(@Nullable Object value) {
        return value instanceof Collection<?> values ? values : List.of();
    }
}
