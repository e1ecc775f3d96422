/** The listeners for questions over UDP and TCP. */
@NullMarked
package io.kybern.dns.edge;

import org.jspecify.annotations.NullMarked;
