/** Passes logs, exec, attach, port-forward and proxy requests through to nodes, pods and services. */
@NullMarked
package io.kybern.apiserver.proxy;

import org.jspecify.annotations.NullMarked;
