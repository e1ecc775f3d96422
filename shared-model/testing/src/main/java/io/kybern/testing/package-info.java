/** What the tests of several modules share: architecture rules, seeds for property tests, real Redis and Kafka. */
@NullMarked
package io.kybern.testing;

import org.jspecify.annotations.NullMarked;
