/** The types of the group certificates.k8s.io. */
@NullMarked
package io.kybern.apiserver.registry.certificates;

import org.jspecify.annotations.NullMarked;
