package io.kybern.lifecycle.core;

import io.kybern.api.ResourceType;

/** What a namespace holds, and how it is emptied: by collections, whatever the type. */
public interface NamespaceContent {

    /** Deletes all objects of a type in the namespace, or begins to. */
    void deleteAll(ResourceType type, String namespace);

    /** How many objects of a type the namespace still holds, and what keeps them. */
    Remaining remaining(ResourceType type, String namespace);

    /** Takes the finalizer of Kubernetes off a namespace: with that it is gone. */
    void finalizeNamespace(String namespace);

    /**
     * What is left of one type.
     *
     * @param count how many objects
     * @param finalizers the finalizers that the first of them have, without doubles
     */
    record Remaining(long count, java.util.List<String> finalizers) {

        public Remaining {
            finalizers = java.util.List.copyOf(finalizers);
        }
    }
}
