package io.kybern.controller.leader;

/** Told when the process begins and ceases to lead, on the elector's thread, alternately, elected first. */
public interface LeaderListener {

    /** The process leads from now on. Returns soon: the lease is not renewed meanwhile. */
    void elected();

    /** The process does not lead any more: all work has to end. The lease may be another's when this returns late. */
    void retired();
}
