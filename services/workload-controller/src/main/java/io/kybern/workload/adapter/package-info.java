/** What the controllers ask of the API server beyond plain objects. */
@NullMarked
package io.kybern.workload.adapter;

import org.jspecify.annotations.NullMarked;
