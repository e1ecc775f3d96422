/** What a container is started with: environment, command line, host files. */
@NullMarked
package io.kybern.node.env;

import org.jspecify.annotations.NullMarked;
