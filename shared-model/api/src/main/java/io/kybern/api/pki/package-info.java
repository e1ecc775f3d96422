/** Reads what certificates and requests for them are written in. */
@NullMarked
package io.kybern.api.pki;

import org.jspecify.annotations.NullMarked;
