/** What a ReplicaSet or a ReplicationController asks for, and how its pods get there. */
@NullMarked
package io.kybern.replication.core;

import org.jspecify.annotations.NullMarked;
