/** Which writes an admission webhook or policy wants to see: rules over resources, and selectors over namespaces and objects. */
@NullMarked
package io.kybern.apiserver.admission.matching;

import org.jspecify.annotations.NullMarked;
