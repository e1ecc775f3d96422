/** Brings claims and volumes together: the binder of PersistentVolumes. */
@NullMarked
package io.kybern.workload.core.volumes;

import org.jspecify.annotations.NullMarked;
