/** Label and field selectors, as query strings and as objects. */
@NullMarked
package io.kybern.api.selector;

import org.jspecify.annotations.NullMarked;
