/** The types of the group policy. */
@NullMarked
package io.kybern.apiserver.registry.policy;

import org.jspecify.annotations.NullMarked;
