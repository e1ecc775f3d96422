/** What the API server and the nodes need to know who their clients are. */
@NullMarked
package io.kybern.service.access;

import org.jspecify.annotations.NullMarked;
