package io.kybern.apiserver.identity;

import io.kybern.api.Json;
import io.kybern.apiserver.authn.TokenAuthenticator;
import io.kybern.apiserver.authn.UserInfo;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Users by the tokens that one issuer signs; see "OpenID Connect Tokens" in the Kubernetes documentation. */
final class JwtIssuer implements TokenAuthenticator {

    private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

    private final String issuer;
    private final List<String> audiences;
    private final IssuerKeys keys;
    private final ClaimRules rules;
    private final Clock clock;

    JwtIssuer(String issuer, List<String> audiences, IssuerKeys keys, ClaimRules rules, Clock clock) {
        this.issuer = issuer;
        this.audiences = List.copyOf(audiences);
        this.keys = keys;
        this.rules = rules;
        this.clock = clock;
    }

    @Override
    public Optional<UserInfo> authenticate(String token) {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            return Optional.empty();
        }
        try {
            JsonNode claims = Json.read(DECODER.decode(parts[1]));
            // looked at first, so that tokens of others do not make this issuer be asked
            if (!claims.path("iss").asString("").equals(issuer) || !forUs(claims) || !inTime(claims)) {
                return Optional.empty();
            }
            JsonNode head = Json.read(DECODER.decode(parts[0]));
            String id = head.path("kid").asString("");
            String algorithm = head.path("alg").asString("");
            byte[] content = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
            byte[] signature = DECODER.decode(parts[2]);
            JwkSet known = keys.with(id);
            boolean signed = known.verifies(algorithm, id, content, signature)
                    || keys.after(known).verifies(algorithm, id, content, signature);
            return signed ? rules.user(claims) : Optional.empty();
        } catch (IllegalArgumentException | JacksonException e) {
            return Optional.empty();
        }
    }

    private boolean forUs(JsonNode claims) {
        JsonNode audience = claims.path("aud");
        List<String> named = new ArrayList<>();
        if (audience.isString()) {
            named.add(audience.asString());
        }
        audience.forEach(each -> named.add(each.asString("")));
        return named.stream().anyMatch(audiences::contains);
    }

    private boolean inTime(JsonNode claims) {
        long now = clock.instant().getEpochSecond();
        return claims.path("exp").asLong(0) > now && claims.path("nbf").asLong(0) <= now;
    }
}
