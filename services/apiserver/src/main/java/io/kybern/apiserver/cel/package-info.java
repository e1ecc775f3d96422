/** Expressions of the Common Expression Language as Kubernetes understands them: compiled once, evaluated over JSON trees, with a bound on cost. */
@NullMarked
package io.kybern.apiserver.cel;

import org.jspecify.annotations.NullMarked;
