package io.kybern.apiserver.request;

/**
 * Answers authenticated and authorized requests. Called on a virtual thread, so it may block; what it throws as an {@code
 * ApiException} becomes the answer, anything else is a fault of ours and becomes 500.
 */
@FunctionalInterface
public interface ApiHandler {

    /** The answer. */
    ApiResponse handle(ApiRequest request);
}
