/** Structural schemas of the API's types: decoding against them, defaults, patches, and the OpenAPI documents they make. */
@NullMarked
package io.kybern.schema;

import org.jspecify.annotations.NullMarked;
