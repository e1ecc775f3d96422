/** ReplicaSet and ReplicationController. */
@NullMarked
package io.kybern.replication;

import org.jspecify.annotations.NullMarked;
