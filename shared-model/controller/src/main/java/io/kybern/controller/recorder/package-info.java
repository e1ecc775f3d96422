/** Events on objects, as {@code kubectl describe} shows them: counted, combined and limited like those of Kubernetes. */
@NullMarked
package io.kybern.controller.recorder;

import org.jspecify.annotations.NullMarked;
