package io.kybern.apiserver.admission.podsecurity;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One of the Pod Security Standards as it was in one version of Kubernetes.
 *
 * @param level the standard
 * @param minor of the version 1.x; {@link #LATEST} for the newest
 */
record LevelVersion(Level level, int minor) {

    /** Always the newest version. */
    static final int LATEST = Integer.MAX_VALUE;

    /** What the newest version is. */
    private static final int NEWEST = 36;

    private static final Pattern VERSION = Pattern.compile("v1\\.(0|[1-9][0-9]{0,5})");

    /** The standards, each stricter than the one before. */
    enum Level {
        PRIVILEGED,
        BASELINE,
        RESTRICTED;

        /** As labels name it. */
        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Optional<Level> parse(String label) {
            for (Level each : values()) {
                if (each.label().equals(label)) {
                    return Optional.of(each);
                }
            }
            return Optional.empty();
        }
    }

    static Optional<Integer> parseVersion(String label) {
        if (label.equals("latest")) {
            return Optional.of(LATEST);
        }
        Matcher matcher = VERSION.matcher(label);
        return matcher.matches() ? Optional.of(Integer.parseInt(matcher.group(1))) : Optional.empty();
    }

    LevelVersion at(Level other) {
        return new LevelVersion(other, minor);
    }

    LevelVersion in(int version) {
        return new LevelVersion(level, version);
    }

    /** The version whose checks are made. */
    int checked() {
        return Math.min(minor, NEWEST);
    }

    @Override
    public String toString() {
        return level.label() + ":" + (minor == LATEST ? "latest" : "v1." + minor);
    }
}
