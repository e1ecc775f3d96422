/** Kubernetes' protobuf encoding: the wire format, and the messages of the built-in types by their fields. */
@NullMarked
package io.kybern.apiserver.protobuf;

import org.jspecify.annotations.NullMarked;
