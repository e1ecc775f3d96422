/** Micro-benchmarks of the watch cache, in its package because the cache itself is not for others. */
@NullMarked
package io.kybern.apiserver.watch;

import org.jspecify.annotations.NullMarked;
