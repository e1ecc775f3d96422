/** What each resource type adds to the generic verbs: defaults, validation, what may change, status, tables. */
@NullMarked
package io.kybern.apiserver.registry;

import org.jspecify.annotations.NullMarked;
