@NullMarked
package io.kybern.nodelifecycle.core;

import org.jspecify.annotations.NullMarked;
