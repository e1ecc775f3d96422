/** The built-in admission controllers. */
@NullMarked
package io.kybern.apiserver.admission.plugins;

import org.jspecify.annotations.NullMarked;
