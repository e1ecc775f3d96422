/** Server-side apply: who owns which field, and merging what one owner wants into what there is. */
@NullMarked
package io.kybern.schema.apply;

import org.jspecify.annotations.NullMarked;
