package io.kybern.apiserver.endpoints;

import io.kybern.api.GroupResource;
import io.kybern.api.status.ApiException;
import io.kybern.apiserver.storage.StorageException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Turns what the store failed with into what the client is told. */
final class StorageFailures {

    private static final int RETRY_SECONDS = 1;

    private StorageFailures() {}

    /** Waits for the store, on a virtual thread; its failures become answers. */
    static <T> T await(CompletableFuture<T> future, GroupResource resource, String name, String verb) {
        try {
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ApiException refused) {
                throw refused;
            }
            throw translate(StorageException.of(e), resource, name, verb);
        }
    }

    /** The answer for a failure. */
    static ApiException translate(StorageException failure, GroupResource resource, String name, String verb) {
        return switch (failure) {
            case StorageException.Exists e -> ApiException.alreadyExists(resource, name);
            case StorageException.NotFound e -> ApiException.notFound(resource, name);
            case StorageException.Conflict e -> ApiException.modified(resource, name);
            case StorageException.Unreachable e ->
                ApiException.serviceUnavailable("the store cannot be reached, try again", RETRY_SECONDS);
            case StorageException.Timeout e -> ApiException.serverTimeout(resource, verb, RETRY_SECONDS);
            case StorageException.Corrupt e -> ApiException.internal(String.valueOf(e.getMessage()), e);
            case StorageException.RevisionTooOld e -> ApiException.expired(String.valueOf(e.getMessage()));
            case StorageException.RevisionTooLarge e -> ApiException.resourceVersionTooLarge(e.asked(), e.current());
        };
    }
}
