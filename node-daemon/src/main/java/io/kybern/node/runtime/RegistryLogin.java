package io.kybern.node.runtime;

import org.jspecify.annotations.Nullable;

/**
 * What a registry knows a client by.
 *
 * @param registry the registry's address
 * @param user the user's name; null with a token
 * @param password the user's password; null with a token
 * @param identityToken stands for the user; null without one
 * @param registryToken is sent to the registry as it is; null without one
 */
public record RegistryLogin(
        String registry,
        @Nullable String user,
        @Nullable String password,
        @Nullable String identityToken,
        @Nullable String registryToken) {

    /** Tells nothing that is secret. */
    @Override
    public String toString() {
        return "login at " + registry;
    }
}
