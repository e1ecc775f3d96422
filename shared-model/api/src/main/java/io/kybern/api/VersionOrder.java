package io.kybern.api;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The order of a group's versions: those that are generally available, then beta, then alpha, each with the higher numbers first,
 * then all others by name.
 *
 * @see <a
 *     href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#version-priority">version
 *     priority</a>
 */
public final class VersionOrder {

    /** The preferred version comes first. */
    public static final Comparator<String> PREFERRED_FIRST = VersionOrder::compare;

    private static final Pattern VERSION = Pattern.compile("v([1-9][0-9]{0,8})(?:(alpha|beta)([1-9][0-9]{0,8}))?");

    private VersionOrder() {}

    private static int compare(String one, String other) {
        Matcher left = VERSION.matcher(one);
        Matcher right = VERSION.matcher(other);
        boolean known = left.matches();
        boolean otherKnown = right.matches();
        if (!known || !otherKnown) {
            return known == otherKnown ? one.compareTo(other) : known ? -1 : 1;
        }
        int stages = Integer.compare(stage(right), stage(left));
        int majors = Integer.compare(number(right, 1), number(left, 1));
        int minors = Integer.compare(number(right, 3), number(left, 3));
        return stages != 0 ? stages : majors != 0 ? majors : minors;
    }

    private static int stage(Matcher version) {
        String stage = version.group(2);
        return stage == null ? 2 : stage.equals("beta") ? 1 : 0;
    }

    private static int number(Matcher version, int group) {
        return version.group(group) == null ? 0 : Integer.parseInt(version.group(group));
    }
}
