package io.kybern.events;

/** Lists one resource from the API server, under the caller's own rights. */
@FunctionalInterface
public interface ObjectLister<T> {

    /**
     * The newest state: a list without a resource version, so that it holds every write that was answered before. May block
     * for as long as one HTTP request may take.
     *
     * @throws Exception if the API server cannot be reached or refuses; the informer tries again later
     */
    ListResult<T> list() throws Exception;
}
