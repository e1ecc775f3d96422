/** Service accounts and what else gives access: their Secrets, aggregated roles, tokens by which nodes join. */
@NullMarked
package io.kybern.lifecycle.core.accounts;

import org.jspecify.annotations.NullMarked;
