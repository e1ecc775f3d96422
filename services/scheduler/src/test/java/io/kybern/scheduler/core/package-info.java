@NullMarked
package io.kybern.scheduler.core;

import org.jspecify.annotations.NullMarked;
