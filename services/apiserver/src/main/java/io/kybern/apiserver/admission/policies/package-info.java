/** Admission policies: what an administrator wants of writes, said in expressions and bound to requests and parameters. */
@NullMarked
package io.kybern.apiserver.admission.policies;

import org.jspecify.annotations.NullMarked;
