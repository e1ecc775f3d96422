/** Questions, answers and their form on the wire. */
@NullMarked
package io.kybern.dns.wire;

import org.jspecify.annotations.NullMarked;
