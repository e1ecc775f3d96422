package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kybern.node.runtime.RegistryLogin;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads the logins of {@code docker login} and finds those that are meant for an image. See <a
 * href="https://kubernetes.io/docs/concepts/containers/images/#config-json">config.json</a>.
 */
final class DockerConfig {

    private static final String HUB = "index.docker.io";

    /** A login and the registry, or the part of one, that it is for. */
    record Entry(String registry, PullLogin login) {}

    private DockerConfig() {}

    /** What a secret of type {@code dockerconfigjson} or {@code dockercfg} contains; nothing if it is damaged. */
    static List<Entry> read(Secret secret) {
        Map<String, String> data = Objects.requireNonNullElse(secret.getData(), Map.<String, String>of());
        String json = data.get(".dockerconfigjson");
        String older = data.get(".dockercfg");
        PullLogin.Origin origin = origin(secret.getMetadata());
        try {
            if (json != null) {
                return parsed(json).get("auths") instanceof Map<?, ?> auths ? entries(auths, origin) : List.of();
            }
            return older == null ? List.of() : entries(parsed(older), origin);
        } catch (RuntimeException damaged) {
            // as a secret without logins; what the parser says of it could show what is in it
            return List.of();
        }
    }

    private static Map<?, ?> parsed(String encoded) {
        String text = new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
        return Serialization.unmarshal(text, Map.class);
    }

    private static PullLogin.Origin origin(@Nullable ObjectMeta meta) {
        return meta == null
                ? new PullLogin.Origin("", "", "")
                : new PullLogin.Origin(
                        Objects.requireNonNullElse(meta.getNamespace(), ""),
                        Objects.requireNonNullElse(meta.getName(), ""),
                        Objects.requireNonNullElse(meta.getUid(), ""));
    }

    private static List<Entry> entries(Map<?, ?> auths, PullLogin.Origin origin) {
        List<Entry> out = new ArrayList<>();
        auths.forEach((registry, fields) -> {
            if (fields instanceof Map<?, ?> login) {
                RegistryLogin read = login(String.valueOf(registry), login);
                out.add(new Entry(place(String.valueOf(registry)), new PullLogin(origin, read)));
            }
        });
        return out;
    }

    private static RegistryLogin login(String registry, Map<?, ?> fields) {
        String user = text(fields, "username");
        String password = text(fields, "password");
        String both = text(fields, "auth");
        if (both != null) {
            String plain = new String(Base64.getDecoder().decode(both.strip()), StandardCharsets.UTF_8);
            int at = plain.indexOf(':');
            user = at < 0 ? user : plain.substring(0, at);
            password = at < 0 ? password : plain.substring(at + 1).replaceAll("\\x00+$", "");
        }
        return new RegistryLogin(
                registry, user, password, text(fields, "identitytoken"), text(fields, "registrytoken"));
    }

    private static @Nullable String text(Map<?, ?> fields, String name) {
        return fields.get(name) instanceof String value && !value.isEmpty() ? value : null;
    }

    /** The registry without its scheme and without the API version that old clients wrote behind it. */
    private static String place(String registry) {
        String place = registry.replaceFirst("^https?://", "");
        int slash = place.indexOf('/');
        String host = slash < 0 ? place : place.substring(0, slash);
        String path = slash < 0 ? "" : place.substring(slash);
        if (path.startsWith("/v1/") || path.startsWith("/v2/")) {
            path = path.substring("/v1".length());
        }
        return host + (path.equals("/") ? "" : path);
    }

    /** The logins for an image, those for the smallest part of a registry first. */
    static List<PullLogin> matching(List<Entry> entries, String image) {
        List<Entry> sorted = entries.stream()
                .sorted(Comparator.comparing(Entry::registry).reversed())
                .toList();
        List<PullLogin> found = sorted.stream()
                .filter(e -> matches(e.registry(), image))
                .map(Entry::login)
                .toList();
        if (found.isEmpty() && ofHub(image)) {
            return sorted.stream()
                    .filter(e -> e.registry().equals(HUB))
                    .map(Entry::login)
                    .toList();
        }
        return found;
    }

    private static boolean ofHub(String image) {
        int slash = image.indexOf('/');
        String first = slash < 0 ? "" : image.substring(0, slash);
        return first.equals("docker.io") || first.equals(HUB) || !(first.contains(".") || first.contains(":"));
    }

    /** Stars stand for any text within one part of the host's name. */
    private static boolean matches(String registry, String image) {
        int slash = registry.indexOf('/');
        String host = slash < 0 ? registry : registry.substring(0, slash);
        String path = slash < 0 ? "" : registry.substring(slash);
        int end = image.indexOf('/');
        if (end < 0) {
            return false;
        }
        return Pattern.matches(pattern(host), image.substring(0, end))
                && image.substring(end).startsWith(path);
    }

    private static String pattern(String host) {
        return Arrays.stream(host.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining("[^.:]*"));
    }
}
