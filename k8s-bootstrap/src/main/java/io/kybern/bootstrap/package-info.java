/** Certificates, kubeconfigs and first objects. */
@NullMarked
package io.kybern.bootstrap;

import org.jspecify.annotations.NullMarked;
