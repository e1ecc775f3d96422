package io.kybern.events;

/** Makes the informers of one process; they share one consumer and one thread. */
public interface InformerFactory {

    /**
     * The informer of a resource: the same for every call with the same resource.
     *
     * @throws IllegalStateException if the factory is started and has none of that resource
     */
    <T> Informer<T> informer(InformerSpec<T> spec);

    /** Starts all informers; further calls do nothing. They fill in the background. */
    void start();
}
