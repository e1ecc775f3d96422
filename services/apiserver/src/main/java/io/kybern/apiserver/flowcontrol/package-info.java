/** API Priority and Fairness: which requests may run now, which wait, and which are asked to come again. */
@NullMarked
package io.kybern.apiserver.flowcontrol;

import org.jspecify.annotations.NullMarked;
