package io.kybern.apiserver.request;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a client is warned of: each thing once, in order, and no more than fits into the headers of an answer. The two limits, and what
 * becomes of warnings that are beyond them, are those of Kubernetes. Belongs to one thread.
 */
final class Warnings {

    /** Characters of all warnings together. */
    private static final int TOTAL = 4 * 1024;

    /** Characters of each, as soon as all together are too long. */
    private static final int EACH = 256;

    private final Set<String> seen = new LinkedHashSet<>();
    private int whole;
    private int cut;

    /** Adds a warning; does nothing if it is empty, if it was there before, or if there is no room even for the shortest. */
    void add(String warning) {
        boolean full = whole > TOTAL && cut >= TOTAL;
        if (!full && !warning.isEmpty() && seen.add(warning)) {
            int length = warning.codePointCount(0, warning.length());
            whole += length;
            cut += Math.min(length, EACH);
        }
    }

    /** Those that are told: the whole warnings if they fit, otherwise the start of each until it is enough. */
    List<String> told() {
        if (whole <= TOTAL) {
            return List.copyOf(seen);
        }
        List<String> told = new ArrayList<>();
        for (String warning : seen) {
            boolean isLong = warning.codePointCount(0, warning.length()) > EACH;
            told.add(isLong ? warning.substring(0, warning.offsetByCodePoints(0, EACH)) : warning);
        }
        return told;
    }
}
