/** What objects count for in resource quotas: one reckoning for who refuses and for who tells what is used. */
@NullMarked
package io.kybern.api.quota;

import org.jspecify.annotations.NullMarked;
