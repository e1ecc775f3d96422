/** Certificates that are asked for: who gets one without being asked about, who signs them, and when requests are forgotten. */
@NullMarked
package io.kybern.lifecycle.core.certificates;

import org.jspecify.annotations.NullMarked;
