package io.kybern.apiserver.authn;

import io.kybern.api.GroupResource;
import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ObjectKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Service-account tokens: issues them bound to an account and perhaps a pod, secret or node, and says whose a token is as
 * long as all of these still exist; see "Bound service account tokens" in the Kubernetes documentation.
 */
public final class ServiceAccountTokens {

    private static final GroupResource ACCOUNTS = new GroupResource("", "serviceaccounts");
    private static final GroupResource SECRETS = new GroupResource("", "secrets");
    private static final String LEGACY_ISSUER = "kubernetes/serviceaccount";
    private static final String LEGACY_PREFIX = "kubernetes.io/serviceaccount/";
    private static final String INVALID_SINCE = "kubernetes.io/legacy-token-invalid-since";
    private static final String USER_PREFIX = "system:serviceaccount:";
    private static final String EXTRA_PREFIX = "authentication.kubernetes.io/";
    /** How long the tokens last that are mounted into every pod. An odd number, by which they are known. */
    public static final Duration MOUNTED_LIFETIME = Duration.ofSeconds(3607);

    /** Clients that read such a token only once may use it for so long, if their pod lives. */
    private static final Duration MOUNTED_GRACE = Duration.ofDays(365);

    /** A token outlives the deletion of what it is bound to for as long as Kubernetes lets it. */
    private static final Duration DELETION_LEEWAY = Duration.ofSeconds(60);

    private final JsonWebTokens tokens;
    private final String issuer;
    private final List<String> audiences;
    private final ObjectLookup objects;
    private final Clock clock;

    /** Tokens of that issuer; those without an audience of their own get the given ones. */
    public ServiceAccountTokens(
            JsonWebTokens tokens, String issuer, List<String> audiences, ObjectLookup objects, Clock clock) {
        this.tokens = tokens;
        this.issuer = issuer;
        this.audiences = List.copyOf(audiences);
        this.objects = objects;
        this.clock = clock;
    }

    /**
     * An object that a token names.
     *
     * @param name its name
     * @param uid its identity
     */
    public record Reference(String name, String uid) {

        ObjectNode toJson() {
            ObjectNode json = Json.object().put("name", name);
            return uid.isEmpty() ? json : json.put("uid", uid);
        }
    }

    /**
     * What a token is for.
     *
     * @param namespace the account's namespace
     * @param account the account
     * @param boundKind {@code pod}, {@code secret}, {@code node}, or empty
     * @param bound what the token ends with, if anything
     * @param audiences for whom it is; empty means for the API server
     * @param lifetime how long it is good for
     */
    public record Grant(
            String namespace,
            Reference account,
            String boundKind,
            @Nullable Reference bound,
            List<String> audiences,
            Duration lifetime) {}

    /**
     * A token with its end.
     *
     * @param token the signed token
     * @param at when it was issued
     * @param expires when it is to be exchanged; it ends then, unless it is one of those that are mounted into every pod
     */
    public record Issued(String token, Instant at, Instant expires) {}

    /**
     * Whose a token is.
     *
     * @param user the account as a user
     * @param audiences those of the token that were asked for
     */
    public record Verified(UserInfo user, List<String> audiences) {}

    /** The audiences of the API server itself. */
    public List<String> audiences() {
        return audiences;
    }

    /** The issuer's name. */
    public String issuer() {
        return issuer;
    }

    /** The public key set. */
    public ObjectNode keySet() {
        return tokens.keySet();
    }

    /** Issues a token. The second reference is the node of a bound pod, or null. */
    public Issued issue(Grant grant, @Nullable Reference nodeOfPod) {
        Instant now = Instant.ofEpochSecond(clock.instant().getEpochSecond());
        Instant expires = now.plus(grant.lifetime());
        ObjectNode claims = Json.object();
        List<String> wanted = grant.audiences().isEmpty() ? audiences : grant.audiences();
        wanted.forEach(claims.putArray("aud")::add);
        boolean mounted = grant.boundKind().equals("pod")
                && grant.lifetime().equals(MOUNTED_LIFETIME)
                && audiences.containsAll(wanted);
        claims.put("exp", (mounted ? now.plus(MOUNTED_GRACE) : expires).getEpochSecond());
        claims.put("iat", now.getEpochSecond());
        claims.put("iss", issuer);
        claims.put("jti", UUID.randomUUID().toString());
        ObjectNode own = claims.putObject("kubernetes.io");
        own.put("namespace", grant.namespace());
        if (nodeOfPod != null) {
            own.set("node", nodeOfPod.toJson());
        }
        if (grant.bound() != null) {
            own.set(grant.boundKind(), grant.bound().toJson());
        }
        own.set("serviceaccount", grant.account().toJson());
        if (mounted) {
            own.put("warnafter", expires.getEpochSecond());
        }
        claims.put("nbf", now.getEpochSecond());
        claims.put(
                "sub", USER_PREFIX + grant.namespace() + ":" + grant.account().name());
        return new Issued(tokens.sign(claims), now, expires);
    }

    /** A token without an end, which is good as long as the Secret that it is kept in holds it. */
    public String issueForSecret(String namespace, Reference account, String secret) {
        ObjectNode claims = Json.object().put("iss", LEGACY_ISSUER);
        claims.put(LEGACY_PREFIX + "namespace", namespace);
        claims.put(LEGACY_PREFIX + "secret.name", secret);
        claims.put(LEGACY_PREFIX + "service-account.name", account.name());
        claims.put(LEGACY_PREFIX + "service-account.uid", account.uid());
        claims.put("sub", USER_PREFIX + namespace + ":" + account.name());
        return tokens.sign(claims);
    }

    /** Whose the token is, if it is ours, in its time, for one of the audiences, and all that it names still exists. */
    public Optional<Verified> verify(String token, List<String> wantedAudiences) {
        return tokens.verify(token).flatMap(claims -> {
            String from = claims.path("iss").asString("");
            if (from.equals(LEGACY_ISSUER)) {
                return ofSecret(token, claims, wantedAudiences);
            }
            return from.equals(issuer) && inTime(claims) ? verified(claims, wantedAudiences) : Optional.empty();
        });
    }

    private Optional<Verified> ofSecret(String token, ObjectNode claims, List<String> wantedAudiences) {
        List<String> common = new ArrayList<>(audiences);
        if (!wantedAudiences.isEmpty()) {
            common.retainAll(wantedAudiences);
        }
        String namespace = claims.path(LEGACY_PREFIX + "namespace").asString("");
        String name = claims.path(LEGACY_PREFIX + "service-account.name").asString("");
        String uid = claims.path(LEGACY_PREFIX + "service-account.uid").asString("");
        String secret = claims.path(LEGACY_PREFIX + "secret.name").asString("");
        if (common.isEmpty() || namespace.isEmpty() || name.isEmpty() || secret.isEmpty()) {
            return Optional.empty();
        }
        boolean kept = objects.find(SECRETS, new ObjectKey(namespace, secret))
                .filter(found -> !KubeObject.isBeingDeleted(found))
                .filter(found -> !KubeObject.labels(found).containsKey(INVALID_SINCE))
                .filter(found -> holds(found, token))
                .isPresent();
        return kept && lives(ACCOUNTS, namespace, new Reference(name, uid).toJson())
                ? Optional.of(new Verified(user(namespace, name, uid, Map.of()), common))
                : Optional.empty();
    }

    private static boolean holds(JsonNode secret, String token) {
        String encoded = Base64.getEncoder().encodeToString(token.getBytes(StandardCharsets.UTF_8));
        return MessageDigest.isEqual(
                encoded.getBytes(StandardCharsets.UTF_8),
                secret.path("data").path("token").asString("").getBytes(StandardCharsets.UTF_8));
    }

    private boolean inTime(ObjectNode claims) {
        long now = clock.instant().getEpochSecond();
        return claims.path("exp").asLong(0) > now && claims.path("nbf").asLong(0) <= now;
    }

    private Optional<Verified> verified(ObjectNode claims, List<String> wantedAudiences) {
        List<String> wanted = wantedAudiences.isEmpty() ? audiences : wantedAudiences;
        List<String> common = new ArrayList<>();
        claims.path("aud").forEach(each -> {
            if (wanted.contains(each.asString(""))) {
                common.add(each.asString());
            }
        });
        JsonNode own = claims.path("kubernetes.io");
        String namespace = own.path("namespace").asString("");
        JsonNode account = own.path("serviceaccount");
        if (common.isEmpty() || !lives(ACCOUNTS, namespace, account)) {
            return Optional.empty();
        }
        Map<String, List<String>> extra = new LinkedHashMap<>();
        extra.put(UserInfo.CREDENTIAL_ID, List.of("JTI=" + claims.path("jti").asString("")));
        for (String kind : List.of("pod", "secret", "node")) {
            JsonNode bound = own.path(kind);
            if (bound.isMissingNode()) {
                continue;
            }
            // the node of a bound pod is told, not checked: the pod's own life decides
            boolean told = kind.equals("node") && own.has("pod");
            String where = kind.equals("node") ? "" : namespace;
            if (!told && !lives(new GroupResource("", kind + "s"), where, bound)) {
                return Optional.empty();
            }
            if (!kind.equals("secret")) {
                extra.put(
                        EXTRA_PREFIX + kind + "-name",
                        List.of(bound.path("name").asString("")));
                String uid = bound.path("uid").asString("");
                if (!uid.isEmpty()) {
                    extra.put(EXTRA_PREFIX + kind + "-uid", List.of(uid));
                }
            }
        }
        return Optional.of(new Verified(
                user(
                        namespace,
                        account.path("name").asString(""),
                        account.path("uid").asString(""),
                        extra),
                common));
    }

    private boolean lives(GroupResource resource, String namespace, JsonNode reference) {
        String name = reference.path("name").asString("");
        if (name.isEmpty()) {
            return false;
        }
        return objects.find(resource, new ObjectKey(namespace, name))
                .filter(found ->
                        KubeObject.uid(found).equals(reference.path("uid").asString("")))
                .filter(found -> KubeObject.deletionTimestamp(found)
                        .map(end -> end.plus(DELETION_LEEWAY).isAfter(clock.instant()))
                        .orElse(true))
                .isPresent();
    }

    /** The account as a user, a member of the groups that all accounts are members of. */
    static UserInfo user(String namespace, String name, String uid, Map<String, List<String>> extra) {
        return new UserInfo(USER_PREFIX + namespace + ":" + name, uid, groups(namespace), extra).authenticated();
    }

    static List<String> groups(String namespace) {
        return List.of("system:serviceaccounts", "system:serviceaccounts:" + namespace);
    }

    /** The namespace and name of a service account's user name, or empty if it is none. */
    static Optional<ObjectKey> account(String user) {
        String[] parts = user.startsWith(USER_PREFIX)
                ? user.substring(USER_PREFIX.length()).split(":", -1)
                : new String[0];
        return parts.length == 2 && !parts[0].isEmpty() && !parts[1].isEmpty()
                ? Optional.of(new ObjectKey(parts[0], parts[1]))
                : Optional.empty();
    }
}
