package io.kybern.apiserver.admission.podsecurity;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.apiserver.admission.podsecurity.LevelVersion.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a namespace's labels ask for; see "Pod Security Admission" in the Kubernetes documentation.
 *
 * @param enforce what pods must keep
 * @param audit what the audit log tells of
 * @param warn what creators are told of
 * @param errors labels that say nothing sensible; for enforcing, the strictest then holds
 */
record NamespacePolicy(LevelVersion enforce, LevelVersion audit, LevelVersion warn, List<FieldError> errors) {

    private static final String PREFIX = "pod-security.kubernetes.io/";
    private static final FieldPath LABELS = FieldPath.of("metadata", "labels");

    NamespacePolicy {
        errors = List.copyOf(errors);
    }

    static NamespacePolicy of(Map<String, String> labels) {
        List<FieldError> errors = new ArrayList<>();
        LevelVersion enforce = mode(labels, "enforce", Level.RESTRICTED, errors);
        LevelVersion audit = mode(labels, "audit", Level.PRIVILEGED, errors);
        LevelVersion warn = mode(labels, "warn", Level.PRIVILEGED, errors);
        boolean enforces =
                Level.parse(labels.getOrDefault(PREFIX + "enforce", "")).isPresent();
        if (enforces && !labels.containsKey(PREFIX + "warn")) {
            warn = warn.at(enforce.level());
            if (!labels.containsKey(PREFIX + "warn-version")) {
                warn = warn.in(enforce.minor());
            }
        }
        return new NamespacePolicy(enforce, audit, warn, errors);
    }

    private static LevelVersion mode(
            Map<String, String> labels, String mode, Level otherwise, List<FieldError> errors) {
        LevelVersion result = new LevelVersion(Level.PRIVILEGED, LevelVersion.LATEST);
        @Nullable String level = labels.get(PREFIX + mode);
        if (level != null) {
            result = result.at(Level.parse(level).orElse(otherwise));
            if (Level.parse(level).isEmpty()) {
                errors.add(FieldError.invalid(
                        LABELS.key(PREFIX + mode), level, "must be one of privileged, baseline, restricted"));
            }
        }
        @Nullable String version = labels.get(PREFIX + mode + "-version");
        if (version != null) {
            result = result.in(LevelVersion.parseVersion(version).orElse(LevelVersion.LATEST));
            if (LevelVersion.parseVersion(version).isEmpty()) {
                errors.add(FieldError.invalid(
                        LABELS.key(PREFIX + mode + "-version"), version, "must be \"latest\" or \"v1.x\""));
            }
        }
        return result;
    }
}
