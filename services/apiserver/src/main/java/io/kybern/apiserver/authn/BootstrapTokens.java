package io.kybern.apiserver.authn;

import io.kybern.api.GroupResource;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * Users by tokens that are kept in Secrets of the type {@code bootstrap.kubernetes.io/token}, by which new nodes join; see
 * "Authenticating with Bootstrap Tokens" in the Kubernetes documentation.
 */
public final class BootstrapTokens implements TokenAuthenticator {

    private static final String TYPE = "bootstrap.kubernetes.io/token";
    private static final String GROUP = "system:bootstrappers";
    private static final GroupResource SECRETS = new GroupResource("", "secrets");
    private static final Pattern TOKEN = Pattern.compile("([a-z0-9]{6})\\.([a-z0-9]{16})");
    private static final Pattern EXTRA_GROUP = Pattern.compile("system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]");

    private final ObjectLookup objects;
    private final Clock clock;

    /** Looks the Secrets up there. */
    public BootstrapTokens(ObjectLookup objects, Clock clock) {
        this.objects = objects;
        this.clock = clock;
    }

    @Override
    public Optional<UserInfo> authenticate(String token) {
        Matcher parts = TOKEN.matcher(token);
        if (!parts.matches()) {
            return Optional.empty();
        }
        String id = parts.group(1);
        return objects.find(SECRETS, new ObjectKey("kube-system", "bootstrap-token-" + id))
                .filter(secret -> secret.path("type").asString("").equals(TYPE))
                .filter(secret -> !KubeObject.isBeingDeleted(secret))
                .filter(secret -> id.equals(data(secret, "token-id")))
                .filter(secret -> same(data(secret, "token-secret"), parts.group(2)))
                .filter(secret -> inTime(data(secret, "expiration")))
                .filter(secret -> data(secret, "usage-bootstrap-authentication").equals("true"))
                .flatMap(secret -> groups(data(secret, "auth-extra-groups")))
                .map(groups -> new UserInfo("system:bootstrap:" + id, "", groups, Map.of()));
    }

    private static boolean same(String expected, String shown) {
        return MessageDigest.isEqual(expected.getBytes(StandardCharsets.UTF_8), shown.getBytes(StandardCharsets.UTF_8));
    }

    private boolean inTime(String expiration) {
        if (expiration.isEmpty()) {
            return true;
        }
        try {
            return OffsetDateTime.parse(expiration).toInstant().isAfter(clock.instant());
        } catch (DateTimeException e) {
            // an end that cannot be read has come
            return false;
        }
    }

    /** All groups, or nothing if one of them is not for bootstrapping. */
    private static Optional<List<String>> groups(String extra) {
        List<String> groups = new ArrayList<>(List.of(GROUP));
        for (String each : extra.split(",")) {
            if (!each.isEmpty() && !EXTRA_GROUP.matcher(each).matches()) {
                return Optional.empty();
            }
            if (!each.isEmpty()) {
                groups.add(each);
            }
        }
        return Optional.of(groups);
    }

    private static String data(JsonNode secret, String key) {
        try {
            return new String(
                    Base64.getDecoder().decode(secret.path("data").path(key).asString("")), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}
