/** An API server and caches in memory, for tests of reconcilers. */
@NullMarked
package io.kybern.controller.fake;

import org.jspecify.annotations.NullMarked;
