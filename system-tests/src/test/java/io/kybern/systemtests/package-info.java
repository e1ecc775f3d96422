/** Black-box tests of a running cluster, through the real kubectl. */
@NullMarked
package io.kybern.systemtests;

import org.jspecify.annotations.NullMarked;
