/** Field paths, field errors and the names that Kubernetes accepts. */
@NullMarked
package io.kybern.api.validation;

import org.jspecify.annotations.NullMarked;
