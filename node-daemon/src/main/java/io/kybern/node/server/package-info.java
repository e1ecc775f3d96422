/** The node's own HTTPS API, for the API server only: logs, exec, attach, port-forward, pods and metrics. */
@NullMarked
package io.kybern.node.server;

import org.jspecify.annotations.NullMarked;
