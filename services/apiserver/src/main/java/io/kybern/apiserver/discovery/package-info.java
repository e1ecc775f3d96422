/** What the server serves: group and resource lists, OpenAPI, version, health, and the token issuer's keys. */
@NullMarked
package io.kybern.apiserver.discovery;

import org.jspecify.annotations.NullMarked;
