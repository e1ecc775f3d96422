/** What may still change or refuse a write before it is stored: the chain, its requests and its plugins. */
@NullMarked
package io.kybern.apiserver.admission;

import org.jspecify.annotations.NullMarked;
