/** Approving, signing and forgetting requests for certificates, under test. */
@NullMarked
package io.kybern.lifecycle.core.certificates;

import org.jspecify.annotations.NullMarked;
