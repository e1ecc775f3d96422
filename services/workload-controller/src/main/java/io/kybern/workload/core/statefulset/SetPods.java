package io.kybern.workload.core.statefulset;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.kybern.controller.model.Owners;
import io.kybern.controller.model.PodStates;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Pods as a StatefulSet sees them. */
final class SetPods {

    static final String REVISION = "controller-revision-hash";

    private static final Pattern NAME = Pattern.compile("(.+)-(0|[1-9][0-9]{0,8})");

    private SetPods() {}

    /** The ordinal in a pod's name; -1 if it is not the name of a pod of that set. */
    static int ordinal(String setName, String podName) {
        Matcher name = NAME.matcher(podName);
        return name.matches() && name.group(1).equals(setName) ? Integer.parseInt(name.group(2)) : -1;
    }

    static int ordinal(StatefulSet set, Pod pod) {
        return ordinal(set.getMetadata().getName(), pod.getMetadata().getName());
    }

    static String revision(Pod pod) {
        return Owners.labels(pod).getOrDefault(REVISION, "");
    }

    static boolean isRunningAndReady(Pod pod) {
        return PodStates.phase(pod).equals("Running") && PodStates.isReady(pod);
    }
}
