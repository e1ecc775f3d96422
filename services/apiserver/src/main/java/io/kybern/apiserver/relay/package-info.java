/** The relay: one API server at a time carries the log of changes to Kafka. */
@NullMarked
package io.kybern.apiserver.relay;

import org.jspecify.annotations.NullMarked;
