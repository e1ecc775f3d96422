/** Access to the API server under the component's own rights: typed reads and writes, and the informers fed by them. */
@NullMarked
package io.kybern.controller.client;

import org.jspecify.annotations.NullMarked;
