package io.kybern.deployment.core;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.kybern.controller.model.Owners;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** What a Deployment writes on its ReplicaSets, and kubectl reads. */
final class Annotations {

    static final String REVISION = "deployment.kubernetes.io/revision";
    static final String REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
    static final String DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas";
    static final String MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";

    /** A history longer than this loses its oldest revisions; annotations have a bound. */
    private static final int LONGEST_HISTORY = 2000;

    private static final Set<String> NOT_COPIED = Set.of(
            "kubectl.kubernetes.io/last-applied-configuration",
            "deprecated.deployment.rollback.to",
            REVISION,
            REVISION_HISTORY,
            DESIRED_REPLICAS,
            MAX_REPLICAS);

    private Annotations() {}

    /** The revision of a ReplicaSet or a Deployment; 0 if it has none that can be read. */
    static long revision(HasMetadata object) {
        return number(object, REVISION);
    }

    /** A numeric annotation; 0 if it is absent or no number. */
    static long number(HasMetadata object, String annotation) {
        try {
            return Long.parseLong(Owners.annotations(object).getOrDefault(annotation, "0"));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /** The annotations that the ReplicaSet of the current template should have. */
    static Map<String, String> ofNewSet(Map<String, String> deployment, Map<String, String> current, long revision) {
        Map<String, String> wanted = new LinkedHashMap<>(current);
        deployment.forEach((key, value) -> {
            if (!NOT_COPIED.contains(key)) {
                wanted.put(key, value);
            }
        });
        String before = current.get(REVISION);
        long known = before == null || !before.matches("\\d{1,18}|[1-8]\\d{18}") ? 0 : Long.parseLong(before);
        if (before == null || known < revision) {
            wanted.put(REVISION, Long.toString(revision));
            if (before != null) {
                // an old template is current again: it keeps the revisions that it had
                wanted.put(REVISION_HISTORY, history(current.get(REVISION_HISTORY), before));
            }
        }
        return wanted;
    }

    private static String history(@org.jspecify.annotations.Nullable String earlier, String revision) {
        String history = earlier == null || earlier.isEmpty() ? revision : earlier + "," + revision;
        while (history.length() > LONGEST_HISTORY) {
            history = history.substring(history.indexOf(',') + 1);
        }
        return history;
    }
}
