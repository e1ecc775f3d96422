/** Certificates, keys, kubeconfigs and passwords as files that are kept for as long as they are good. */
@NullMarked
package io.kybern.bootstrap.pki;

import org.jspecify.annotations.NullMarked;
