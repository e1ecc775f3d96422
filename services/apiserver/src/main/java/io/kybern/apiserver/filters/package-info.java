/** The HTTP listener and what every request passes: request ids, limits, authentication, authorization, metrics. */
@NullMarked
package io.kybern.apiserver.filters;

import org.jspecify.annotations.NullMarked;
