/** Pod Security admission: what pods may ask of their nodes, by the labels of their namespace. */
@NullMarked
package io.kybern.apiserver.admission.podsecurity;

import org.jspecify.annotations.NullMarked;
