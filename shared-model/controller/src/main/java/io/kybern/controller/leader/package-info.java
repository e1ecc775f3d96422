/** Which of several replicas of a service works: election by a Lease. */
@NullMarked
package io.kybern.controller.leader;

import org.jspecify.annotations.NullMarked;
