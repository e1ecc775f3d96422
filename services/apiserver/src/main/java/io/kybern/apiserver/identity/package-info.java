/** Identities that others vouch for: issuers of JSON web tokens, and webhooks that know tokens and decide about access. */
@NullMarked
package io.kybern.apiserver.identity;

import org.jspecify.annotations.NullMarked;
