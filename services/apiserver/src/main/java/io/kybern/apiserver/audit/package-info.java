/** The audit log: who did what, when, and what became of it, by the rules of a policy file. */
@NullMarked
package io.kybern.apiserver.audit;

import org.jspecify.annotations.NullMarked;
