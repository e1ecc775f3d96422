/** What a Job asks for, how its pods are counted, and when it ends. */
@NullMarked
package io.kybern.workload.core.job;

import org.jspecify.annotations.NullMarked;
