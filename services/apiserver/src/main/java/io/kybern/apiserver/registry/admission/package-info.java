/** Configurations of admission webhooks. */
@NullMarked
package io.kybern.apiserver.registry.admission;

import org.jspecify.annotations.NullMarked;
