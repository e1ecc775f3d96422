/** Settings and wiring of the DNS service. */
@NullMarked
package io.kybern.dns.config;

import org.jspecify.annotations.NullMarked;
