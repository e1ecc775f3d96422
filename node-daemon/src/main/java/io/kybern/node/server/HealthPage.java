package io.kybern.node.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What {@code /healthz} and the paths below it say, in the words of kubelets. */
final class HealthPage {

    /**
     * An answer.
     *
     * @param healthy whether all is well
     * @param text the body
     */
    record Answer(boolean healthy, String text) {}

    private static final String OK = "ok";
    private static final String SYNC_LOOP = "syncloop";
    private static final List<String> CHECKS = List.of("ping", "log", SYNC_LOOP);

    private final Heartbeat heartbeat;

    HealthPage(Heartbeat heartbeat) {
        this.heartbeat = heartbeat;
    }

    /** One check; empty if there is none of that name. */
    Optional<Answer> one(String check) {
        if (!CHECKS.contains(check)) {
            return Optional.empty();
        }
        return Optional.of(
                isWell(check)
                        ? new Answer(true, OK)
                        : new Answer(false, "internal server error: sync Loop took longer than expected\n"));
    }

    /**
     * All checks.
     *
     * @param verbose whether each is named also if all is well
     * @param excluded the checks that do not count
     */
    Answer all(boolean verbose, List<String> excluded) {
        StringBuilder each = new StringBuilder();
        boolean healthy = true;
        for (String check : CHECKS) {
            if (excluded.contains(check)) {
                each.append("[+]").append(check).append(" excluded: ok\n");
            } else if (isWell(check)) {
                each.append("[+]").append(check).append(" ok\n");
            } else {
                each.append("[-]").append(check).append(" failed: reason withheld\n");
                healthy = false;
            }
        }
        List<String> unknown = new ArrayList<>(excluded);
        unknown.removeAll(CHECKS);
        if (!unknown.isEmpty()) {
            String names = "\"" + String.join("\",\"", unknown) + "\"";
            each.append("warn: some health checks cannot be excluded: no matches for ")
                    .append(names)
                    .append('\n');
        }
        if (!healthy) {
            return new Answer(false, each + "healthz check failed\n");
        }
        return new Answer(true, verbose ? each + "healthz check passed\n" : OK);
    }

    private boolean isWell(String check) {
        return !check.equals(SYNC_LOOP) || heartbeat.isSteady();
    }
}
