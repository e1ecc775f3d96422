/** What a StatefulSet asks for, and in which order its pods come and go. */
@NullMarked
package io.kybern.workload.core.statefulset;

import org.jspecify.annotations.NullMarked;
