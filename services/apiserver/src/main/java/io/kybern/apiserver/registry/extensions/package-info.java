/** Definitions of custom resources: defaults, rules, conditions. */
@NullMarked
package io.kybern.apiserver.registry.extensions;

import org.jspecify.annotations.NullMarked;
