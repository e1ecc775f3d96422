package io.kybern.workload.core.statefulset;

import io.fabric8.kubernetes.api.model.Pod;

/** What brings the pods of a StatefulSet nearer to what it asks for. */
sealed interface SetAction {

    /** The pod of an ordinal comes, of the new state or of the one before. */
    record Create(int ordinal, boolean updated) implements SetAction {}

    /** A pod goes. */
    record Delete(Pod pod, String why) implements SetAction {}

    /** A pod that has ended goes, so that another one of its identity can come. */
    record Recreate(Pod pod) implements SetAction {}

    /** A pod gets the labels of its identity again. */
    record Identify(Pod pod, int ordinal) implements SetAction {}
}
