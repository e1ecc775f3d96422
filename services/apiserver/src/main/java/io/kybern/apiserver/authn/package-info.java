/** Who is asking: client certificates, service-account tokens, static tokens, and impersonation. */
@NullMarked
package io.kybern.apiserver.authn;

import org.jspecify.annotations.NullMarked;
