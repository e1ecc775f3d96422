/** What flow schemas and priority levels add to other objects. */
@NullMarked
package io.kybern.apiserver.registry.flowcontrol;

import org.jspecify.annotations.NullMarked;
