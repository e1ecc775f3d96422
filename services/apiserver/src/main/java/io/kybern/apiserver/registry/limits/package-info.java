/** What a namespace may use: limit ranges and quotas. */
@NullMarked
package io.kybern.apiserver.registry.limits;

import org.jspecify.annotations.NullMarked;
