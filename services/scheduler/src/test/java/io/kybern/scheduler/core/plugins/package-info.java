@NullMarked
package io.kybern.scheduler.core.plugins;

import org.jspecify.annotations.NullMarked;
