/** Resource registry, names, metadata, selectors, quantities, Status errors. */
@NullMarked
package io.kybern.api;

import org.jspecify.annotations.NullMarked;
