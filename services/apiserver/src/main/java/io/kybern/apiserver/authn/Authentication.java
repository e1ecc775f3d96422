package io.kybern.apiserver.authn;

import io.kybern.api.status.ApiException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * All ways of showing who one is, in order: client certificate, service-account token, static token, bootstrap token, the token of
 * somebody who is trusted, nothing.
 */
public final class Authentication {

    private static final String WEBSOCKET_TOKEN = "base64url.bearer.authorization.k8s.io.";

    private final ClientCertificates certificates;
    private final StaticTokens staticTokens;
    private final List<TokenAuthenticator> otherTokens;
    private final ServiceAccountTokens accountTokens;
    private final boolean anonymous;

    /** Tries those; without credentials a request is anonymous if that is allowed. */
    public Authentication(
            ClientCertificates certificates,
            StaticTokens staticTokens,
            List<TokenAuthenticator> otherTokens,
            ServiceAccountTokens accountTokens,
            boolean anonymous) {
        this.certificates = certificates;
        this.staticTokens = staticTokens;
        this.otherTokens = List.copyOf(otherTokens);
        this.accountTokens = accountTokens;
        this.anonymous = anonymous;
    }

    /** Who shows the certificate, if it is valid. */
    public Optional<UserInfo> byCertificate(X509Certificate[] chain) {
        return certificates.authenticate(chain).map(UserInfo::authenticated);
    }

    /**
     * Who asks.
     *
     * @param connection the user of the connection's client certificate, if it showed a valid one
     * @param badCertificate whether the connection showed a certificate that proves nothing
     * @param authorization the {@code Authorization} header, or empty
     * @param protocols the WebSocket subprotocols, which may carry a token, or empty
     * @throws ApiException 401, if what is shown is not valid
     */
    public UserInfo authenticate(
            Optional<UserInfo> connection, boolean badCertificate, String authorization, String protocols) {
        if (connection.isPresent()) {
            return connection.get();
        }
        Optional<String> token = bearer(authorization).or(() -> webSocketToken(protocols));
        if (token.isPresent()) {
            return byToken(token.get(), List.of())
                    .map(ServiceAccountTokens.Verified::user)
                    .orElseThrow(ApiException::unauthorized);
        }
        if (badCertificate || !anonymous) {
            throw ApiException.unauthorized();
        }
        return UserInfo.anonymous();
    }

    /** Whose the token is, for a {@code TokenReview} too. */
    public Optional<ServiceAccountTokens.Verified> byToken(String token, List<String> audiences) {
        Optional<ServiceAccountTokens.Verified> account = accountTokens.verify(token, audiences);
        if (account.isPresent()) {
            return account;
        }
        Optional<UserInfo> known = staticTokens.authenticate(token).or(() -> byOthers(token));
        if (known.isPresent()) {
            List<String> common = new ArrayList<>(accountTokens.audiences());
            if (!audiences.isEmpty()) {
                common.retainAll(audiences);
            }
            return common.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new ServiceAccountTokens.Verified(known.get().authenticated(), common));
        }
        return Optional.empty();
    }

    private Optional<UserInfo> byOthers(String token) {
        for (TokenAuthenticator each : otherTokens) {
            Optional<UserInfo> user = each.authenticate(token);
            if (user.isPresent()) {
                return user;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> bearer(String authorization) {
        String[] parts = authorization.strip().split(" +", 2);
        return parts.length == 2 && parts[0].toLowerCase(Locale.ROOT).equals("bearer") && !parts[1].isBlank()
                ? Optional.of(parts[1].strip())
                : Optional.empty();
    }

    private static Optional<String> webSocketToken(String protocols) {
        for (String protocol : protocols.split(",", -1)) {
            if (protocol.strip().startsWith(WEBSOCKET_TOKEN)) {
                try {
                    byte[] token = java.util.Base64.getUrlDecoder()
                            .decode(protocol.strip().substring(WEBSOCKET_TOKEN.length()));
                    return Optional.of(new String(token, java.nio.charset.StandardCharsets.UTF_8));
                } catch (IllegalArgumentException e) {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }
}
