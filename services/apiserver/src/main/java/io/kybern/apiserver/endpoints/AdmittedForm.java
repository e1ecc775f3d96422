package io.kybern.apiserver.endpoints;

import tools.jackson.databind.node.ObjectNode;

/**
 * In which form admission sees an object that is updated: who writes to a subresource such as {@code scale} sends an object of
 * another kind, and that is what plugins, policies and webhooks are shown and may change.
 */
interface AdmittedForm {

    /** The object itself. */
    AdmittedForm WHOLE = new AdmittedForm() {};

    /** None: what the client sent was admitted before, and the object changes only as that says. */
    AdmittedForm DONE = new AdmittedForm() {
        @Override
        public boolean asks() {
            return false;
        }
    };

    /** The object in this form. */
    default ObjectNode shown(ObjectNode object) {
        return object;
    }

    /**
     * Takes over what admission made of it.
     *
     * @param shown what {@link #shown} answered, perhaps changed
     * @param object that is to be written, to be changed
     */
    default void taken(ObjectNode shown, ObjectNode object) {
        // without a form of its own it is the same object
    }

    /** Whether admission is asked at all. */
    default boolean asks() {
        return true;
    }
}
