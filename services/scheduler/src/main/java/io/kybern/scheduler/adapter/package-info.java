/** What goes out: bindings, conditions, events, metrics. */
@NullMarked
package io.kybern.scheduler.adapter;

import org.jspecify.annotations.NullMarked;
