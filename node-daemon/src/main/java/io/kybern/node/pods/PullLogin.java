package io.kybern.node.pods;

import io.kybern.node.runtime.RegistryLogin;

/**
 * A login and the secret that it stands in.
 *
 * @param secret the secret
 * @param login what it says
 */
record PullLogin(Origin secret, RegistryLogin login) {

    /** Which secret it is: another one of the same name is not it. */
    record Origin(String namespace, String name, String uid) {}

    /** Tells whether two logins are the same, and not what they are. */
    String hash() {
        String all = String.join(
                "\0",
                String.valueOf(login.user()),
                String.valueOf(login.password()),
                String.valueOf(login.identityToken()),
                String.valueOf(login.registryToken()));
        return Sha256.hex(all);
    }
}
