package io.kybern.apiserver.filters;

import io.kybern.apiserver.authn.Authentication;
import io.kybern.apiserver.authn.Impersonation;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.authz.AccessAttributes;
import io.kybern.apiserver.authz.Authorization;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Optional;

/** Who sends a request, and whom they act as. */
final class Callers {

    private final Authentication authentication;
    private final Authorization authorization;

    Callers(Authentication authentication, Authorization authorization) {
        this.authentication = authentication;
        this.authorization = authorization;
    }

    /**
     * Who sends it.
     *
     * @throws io.kybern.api.status.ApiException 401, if what is shown is not valid
     */
    UserInfo sender(Channel channel, HttpHeaders headers) {
        ConnectionIdentity identity = ConnectionIdentity.of(channel, authentication);
        return authentication.authenticate(
                identity.user(),
                identity.badCertificate(),
                headers.get("Authorization", ""),
                headers.get("Sec-WebSocket-Protocol", ""));
    }

    /**
     * Whom the sender acts as, if it asks to.
     *
     * @throws io.kybern.api.status.ApiException 403, if it may not
     */
    Optional<UserInfo> actsAs(UserInfo sender, HttpHeaders headers) {
        Optional<Impersonation.Wish> wish = Impersonation.read(headers);
        wish.ifPresent(asked -> asked.rights()
                .forEach(right -> authorization.require(new AccessAttributes(
                        sender,
                        "impersonate",
                        true,
                        right.group(),
                        "v1",
                        right.resource(),
                        right.subresource(),
                        right.namespace(),
                        right.name(),
                        ""))));
        return wish.map(Impersonation.Wish::user);
    }
}
