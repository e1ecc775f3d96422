package io.kybern.apiserver.authn;

import io.kybern.api.ObjectKey;
import io.kybern.api.status.ApiException;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Acting as someone else by the {@code Impersonate-*} headers; see "User impersonation" in the Kubernetes documentation. */
public final class Impersonation {

    private static final String USER = "Impersonate-User";
    private static final String GROUP = "Impersonate-Group";
    private static final String UID = "Impersonate-Uid";
    private static final String EXTRA = "impersonate-extra-";
    private static final String AUTHENTICATION_GROUP = "authentication.k8s.io";

    private Impersonation() {}

    /**
     * One right that the real user must have.
     *
     * @param group the API group of what is impersonated
     * @param resource {@code users}, {@code groups}, {@code serviceaccounts}, {@code uids} or {@code userextras}
     * @param subresource the key of an extra, else empty
     * @param namespace that of a service account, else empty
     * @param name who or what is impersonated
     */
    public record Right(String group, String resource, String subresource, String namespace, String name) {}

    /**
     * Whom a request wants to act as.
     *
     * @param user the user it becomes
     * @param rights what the real user must be allowed to {@code impersonate}
     */
    public record Wish(UserInfo user, List<Right> rights) {}

    /** Reads the headers; empty if there are none. */
    public static Optional<Wish> read(HttpHeaders headers) {
        String name = headers.get(USER, "");
        List<String> groups = headers.getAll(GROUP);
        String uid = headers.get(UID, "");
        Map<String, List<String>> extra = extra(headers);
        if (name.isEmpty()) {
            if (groups.isEmpty() && uid.isEmpty() && extra.isEmpty()) {
                return Optional.empty();
            }
            throw ApiException.badRequest(
                    "requested impersonation of groups, uid or extra without impersonating a user");
        }
        List<Right> rights = new ArrayList<>();
        Optional<ObjectKey> account = ServiceAccountTokens.account(name);
        rights.add(account.map(key -> new Right("", "serviceaccounts", "", key.namespace(), key.name()))
                .orElseGet(() -> new Right("", "users", "", "", name)));
        groups.forEach(group -> rights.add(new Right("", "groups", "", "", group)));
        extra.forEach((key, values) ->
                values.forEach(value -> rights.add(new Right(AUTHENTICATION_GROUP, "userextras", key, "", value))));
        if (!uid.isEmpty()) {
            rights.add(new Right(AUTHENTICATION_GROUP, "uids", "", "", uid));
        }
        List<String> all = new ArrayList<>(groups);
        if (all.isEmpty() && account.isPresent()) {
            all.addAll(ServiceAccountTokens.groups(account.get().namespace()));
        }
        if (name.equals(UserInfo.ANONYMOUS)) {
            if (!all.contains(UserInfo.UNAUTHENTICATED)) {
                all.add(UserInfo.UNAUTHENTICATED);
            }
            return Optional.of(new Wish(new UserInfo(name, uid, all, extra), rights));
        }
        UserInfo user = new UserInfo(name, uid, all, extra);
        return Optional.of(new Wish(user.in(UserInfo.UNAUTHENTICATED) ? user : user.authenticated(), rights));
    }

    private static Map<String, List<String>> extra(HttpHeaders headers) {
        Map<String, List<String>> extra = new LinkedHashMap<>();
        for (Map.Entry<String, String> header : headers) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (name.startsWith(EXTRA)) {
                String key = decoded(name.substring(EXTRA.length()));
                extra.computeIfAbsent(key, k -> new ArrayList<>()).add(header.getValue());
            }
        }
        return extra;
    }

    private static String decoded(String key) {
        try {
            return URLDecoder.decode(key.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return key;
        }
    }
}
