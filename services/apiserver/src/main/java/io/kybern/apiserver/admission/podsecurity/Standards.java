package io.kybern.apiserver.admission.podsecurity;

import io.kybern.apiserver.admission.podsecurity.LevelVersion.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The Pod Security Standards in all their versions: which controls belong to which, in the order in which they are told. */
final class Standards {

    private static final int NEVER = Integer.MAX_VALUE;

    /**
     * A control of Baseline.
     *
     * @param replaced since which version Restricted has a stricter one instead
     */
    private record Basic(Check check, int replaced) {}

    /**
     * A control of Restricted.
     *
     * @param since the version that brought it
     */
    private record Strict(Check check, int since) {}

    private static final List<Basic> BASELINE = List.of(
            new Basic(BaselineChecks::appArmor, NEVER),
            new Basic(BaselineChecks::capabilities, 22),
            new Basic(BaselineChecks::hostNamespaces, NEVER),
            new Basic(BaselineChecks::hostPaths, 0),
            new Basic(BaselineChecks::hostPorts, NEVER),
            new Basic(BaselineChecks::hostProbes, NEVER),
            new Basic(BaselineChecks::privileged, NEVER),
            new Basic(BaselineChecks::procMount, 35),
            new Basic(BaselineChecks::seLinux, NEVER),
            new Basic(BaselineChecks::seccomp, 19),
            new Basic(BaselineChecks::sysctls, NEVER),
            new Basic(BaselineChecks::windowsHostProcess, NEVER));

    private static final List<Strict> RESTRICTED = List.of(
            new Strict(RestrictedChecks::privilegeEscalation, 8),
            new Strict(RestrictedChecks::capabilities, 22),
            new Strict(BaselineChecks::anyProcMount, 35),
            new Strict(RestrictedChecks::volumes, 0),
            new Strict(RestrictedChecks::runAsNonRoot, 0),
            new Strict(RestrictedChecks::runAsUser, 23),
            new Strict(RestrictedChecks::seccomp, 19));

    private Standards() {}

    /** What the pod does that the standard does not allow. */
    static List<Violation> violations(LevelVersion standard, ReviewedPod pod) {
        if (standard.level() == Level.PRIVILEGED) {
            return List.of();
        }
        int minor = standard.checked();
        boolean restricted = standard.level() == Level.RESTRICTED;
        List<Violation> found = new ArrayList<>();
        for (Basic each : BASELINE) {
            if (!restricted || minor < each.replaced()) {
                add(each.check().find(pod, minor), found);
            }
        }
        for (Strict each : RESTRICTED) {
            if (restricted && minor >= each.since()) {
                add(each.check().find(pod, minor), found);
            }
        }
        return found;
    }

    private static void add(Optional<Violation> violation, List<Violation> found) {
        violation.ifPresent(found::add);
    }
}
