package io.kybern.benchmarks.scenario;

import io.kybern.benchmarks.report.Measurement;

/** One kind of work. The order of calls is prepare, run as often as wanted, clean up; clean up also after a failure. */
public interface Scenario {

    /** What is counted, with its size. */
    String what();

    /** The unit of the rate. */
    String unit();

    /** The rate that Kubernetes 1.20 with etcd 3.4 reached with the full sizes on two cores and 24 GiB; 0 if there is none. */
    double reference();

    /** Makes what the runs need. */
    void prepare();

    /** Measures once. */
    Measurement run();

    /** Removes what is left. */
    void cleanUp();
}
