/** What joins two connections into one. */
@NullMarked
package io.kybern.service.tunnel;

import org.jspecify.annotations.NullMarked;
