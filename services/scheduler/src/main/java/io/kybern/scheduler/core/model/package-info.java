/** What the scheduler computes once per pod and per node: requests, ports, affinity terms, snapshots. */
@NullMarked
package io.kybern.scheduler.core.model;

import org.jspecify.annotations.NullMarked;
