/** Who may do what: RBAC from an index that follows the watch cache, and the node authorizer. */
@NullMarked
package io.kybern.apiserver.authz;

import org.jspecify.annotations.NullMarked;
