package io.kybern.apiserver.admission.policies;

/** A policy or a binding that cannot be put to use as it is configured, or not at this moment. */
final class ConfigurationFault extends Exception {

    private static final long serialVersionUID = 1L;

    private ConfigurationFault(String message) {
        super(message, null, false, false);
    }

    static ConfigurationFault of(String message) {
        return new ConfigurationFault(message);
    }
}
