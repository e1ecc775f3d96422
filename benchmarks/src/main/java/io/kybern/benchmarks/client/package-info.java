/** A client for load: many connections to one API server, one request at a time on each. */
@NullMarked
package io.kybern.benchmarks.client;

import org.jspecify.annotations.NullMarked;
