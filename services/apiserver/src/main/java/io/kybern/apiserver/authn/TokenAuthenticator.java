package io.kybern.apiserver.authn;

import java.util.Optional;

/** One way of knowing whose a bearer token is. Called on virtual threads, many at once; may block. */
@FunctionalInterface
public interface TokenAuthenticator {

    /** Whose the token is; empty if it is none that is known here. */
    Optional<UserInfo> authenticate(String token);
}
