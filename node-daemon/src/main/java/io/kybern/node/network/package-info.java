/** The pod network as pods see it: attach a sandbox, detach it, know its address. */
@NullMarked
package io.kybern.node.network;

import org.jspecify.annotations.NullMarked;
