/** Admission webhooks: which there are, how they are asked, and what their answers do to a request. */
@NullMarked
package io.kybern.apiserver.admission.webhooks;

import org.jspecify.annotations.NullMarked;
