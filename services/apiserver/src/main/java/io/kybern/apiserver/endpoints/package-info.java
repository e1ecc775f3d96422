/** The verbs of the API, alike for every type: create, get, list, watch, update, patch, delete, and the subresources. */
@NullMarked
package io.kybern.apiserver.endpoints;

import org.jspecify.annotations.NullMarked;
