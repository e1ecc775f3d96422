/** APIServices. */
@NullMarked
package io.kybern.apiserver.registry.aggregation;

import org.jspecify.annotations.NullMarked;
