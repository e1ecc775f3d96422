/** APIs that are served by other servers of the cluster under this one's address; see "Kubernetes API Aggregation Layer". */
@NullMarked
package io.kybern.apiserver.aggregation;

import org.jspecify.annotations.NullMarked;
