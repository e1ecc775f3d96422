/** Calls to webhooks: HTTPS posts of review objects to Services or URLs, bounded in time, with errors in Kubernetes' words. */
@NullMarked
package io.kybern.apiserver.webhooks;

import org.jspecify.annotations.NullMarked;
