/** One API request and its answer: what a URL asks for, what the client accepts, how an answer is written. */
@NullMarked
package io.kybern.apiserver.request;

import org.jspecify.annotations.NullMarked;
