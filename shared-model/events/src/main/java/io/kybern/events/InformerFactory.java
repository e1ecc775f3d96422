package io.kybern.events;

import io.kybern.api.GroupResource;
import java.util.Set;

/** Makes the informers of one process; they share one consumer and one thread. */
public interface InformerFactory {

    /**
     * The informer of a resource: the same for every call with the same resource.
     *
     * @throws IllegalStateException if the factory is started and has none of that resource, unless it is a custom one and {@link
     *     #followCustom} was called
     */
    <T> Informer<T> informer(InformerSpec<T> spec);

    /** Reads the topic of custom resources too, so that informers of these may be asked for at any time; before the start. */
    void followCustom();

    /** Stops an informer of a custom resource; its view stays as it is. */
    void forget(GroupResource resource);

    /** Starts all informers that have not been started. They fill in the background. */
    void start();

    /** The topics of which nothing was heard for so long that their informers list instead; none while all is well. */
    Set<String> silentTopics();
}
