package io.kybern.lifecycle.core;

import io.kybern.api.ResourceType;
import java.util.List;

/** What a namespace holds, and how it is emptied: by collections, whatever the type. */
public interface NamespaceContent {

    /** Deletes all objects of a type in the namespace, or begins to. */
    void deleteAll(ResourceType type, String namespace);

    /** How many objects of a type the namespace still holds, and what keeps them. */
    Remaining remaining(ResourceType type, String namespace);

    /** The types that other servers have behind this one's address, as far as they can be asked. */
    default Others others() {
        return new Others(List.of(), List.of());
    }

    /**
     * What other servers have.
     *
     * @param types all types
     * @param failures what could not be asked; until it can nobody knows whether the namespace is empty
     */
    record Others(List<ResourceType> types, List<String> failures) {

        public Others {
            types = List.copyOf(types);
            failures = List.copyOf(failures);
        }
    }

    /** Takes the finalizer of Kubernetes off a namespace: with that it is gone. */
    void finalizeNamespace(String namespace);

    /**
     * What is left of one type.
     *
     * @param count how many objects
     * @param finalizers the finalizers that the first of them have, without doubles
     */
    record Remaining(long count, List<String> finalizers) {

        public Remaining {
            finalizers = List.copyOf(finalizers);
        }
    }
}
