/** Custom resources: types that definitions add while the server runs. */
@NullMarked
package io.kybern.apiserver.custom;

import org.jspecify.annotations.NullMarked;
