/** Settings and wiring of the bootstrap. */
@NullMarked
package io.kybern.bootstrap.config;

import org.jspecify.annotations.NullMarked;
