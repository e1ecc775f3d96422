/** The watch cache: every object as its encoded bytes, consistent snapshots of them, and watches from a past revision. */
@NullMarked
package io.kybern.apiserver.watch;

import org.jspecify.annotations.NullMarked;
