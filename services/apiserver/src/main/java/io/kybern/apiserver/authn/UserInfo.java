package io.kybern.apiserver.authn;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The user behind a request, as authentication found it; see "Authenticating" in the Kubernetes documentation.
 *
 * @param name the user name, for example {@code system:node:a}
 * @param uid an id that tells apart users who had the same name at different times; may be empty
 * @param groups the groups, in the order found
 * @param extra further facts, for authorizers
 */
public record UserInfo(String name, String uid, List<String> groups, Map<String, List<String>> extra) {

    /** Every authenticated user is in this group. */
    public static final String AUTHENTICATED = "system:authenticated";

    /** Whoever shows no credentials is in this group. */
    public static final String UNAUTHENTICATED = "system:unauthenticated";

    /** Members may do everything; authorization does not ask further. */
    public static final String MASTERS = "system:masters";

    /** The name of whoever shows no credentials. */
    public static final String ANONYMOUS = "system:anonymous";

    /** The extra that names the credential itself: its certificate's digest, or its token's id. */
    static final String CREDENTIAL_ID = "authentication.kubernetes.io/credential-id";

    private static final UserInfo NOBODY = new UserInfo(ANONYMOUS, "", List.of(UNAUTHENTICATED), Map.of());

    /** The API server acting for itself. */
    private static final UserInfo SERVER =
            new UserInfo("system:apiserver", "", List.of(MASTERS, AUTHENTICATED), Map.of());

    public UserInfo {
        groups = List.copyOf(groups);
        extra = Map.copyOf(extra);
    }

    /** A user without uid and extra. */
    public static UserInfo of(String name, List<String> groups) {
        return new UserInfo(name, "", groups, Map.of());
    }

    /** Whoever shows no credentials. */
    public static UserInfo anonymous() {
        return NOBODY;
    }

    /** The API server itself. */
    public static UserInfo apiServer() {
        return SERVER;
    }

    /**
     * The user that an object of the API tells of.
     *
     * @param json with {@code uid}, {@code groups} and {@code extra}
     * @param nameField where the name is: {@code username}, or {@code user} in the reviews of access
     */
    public static UserInfo read(JsonNode json, String nameField) {
        List<String> groups = new ArrayList<>();
        json.path("groups").forEach(each -> groups.add(each.asString("")));
        Map<String, List<String>> extra = new LinkedHashMap<>();
        json.path("extra").properties().forEach(each -> {
            List<String> values = new ArrayList<>();
            each.getValue().forEach(value -> values.add(value.asString("")));
            extra.put(each.getKey(), values);
        });
        return new UserInfo(json.path(nameField).asString(""), json.path("uid").asString(""), groups, extra);
    }

    /** Writes the user as {@code UserInfo} of {@code authentication.k8s.io}: what is empty is left out. */
    public void writeTo(ObjectNode json) {
        if (!name.isEmpty()) {
            json.put("username", name);
        }
        if (!uid.isEmpty()) {
            json.put("uid", uid);
        }
        if (!groups.isEmpty()) {
            groups.forEach(json.putArray("groups")::add);
        }
        if (!extra.isEmpty()) {
            ObjectNode facts = json.putObject("extra");
            extra.forEach((key, values) -> values.forEach(facts.putArray(key)::add));
        }
    }

    /** Whether the user is in the group. */
    public boolean in(String group) {
        return groups.contains(group);
    }

    /** The same user, also a member of {@code system:authenticated}. */
    UserInfo authenticated() {
        if (in(AUTHENTICATED) || in(UNAUTHENTICATED)) {
            return this;
        }
        List<String> all = new ArrayList<>(groups);
        all.add(AUTHENTICATED);
        return new UserInfo(name, uid, all, extra);
    }
}
