/** What gives access, under test. */
@NullMarked
package io.kybern.lifecycle.core.accounts;

import org.jspecify.annotations.NullMarked;
