/** The object-event envelope, its topics, and the informer cache. */
@NullMarked
package io.kybern.events;

import org.jspecify.annotations.NullMarked;
