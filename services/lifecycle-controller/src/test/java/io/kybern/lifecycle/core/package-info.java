@NullMarked
package io.kybern.lifecycle.core;

import org.jspecify.annotations.NullMarked;
