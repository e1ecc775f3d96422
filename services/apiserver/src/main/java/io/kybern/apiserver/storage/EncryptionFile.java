package io.kybern.apiserver.storage;

import io.kybern.api.Json;
import io.kybern.apiserver.storage.EncryptionRules.Provider;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Reads an {@code EncryptionConfiguration} of {@code apiserver.config.k8s.io/v1}; see
 * <a href="https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/">Encrypting confidential data at rest</a>. Its
 * messages never show a key.
 */
final class EncryptionFile {

    private static final Set<String> KNOWN = Set.of("kms", "aesgcm", "aescbc", "secretbox", "identity");

    private final List<String> errors = new ArrayList<>();

    private EncryptionFile() {}

    /**
     * The rules of a file.
     *
     * @throws IllegalArgumentException if it is no such file, with everything that is wrong with it
     */
    static EncryptionRules read(byte[] content) {
        JsonNode root;
        try {
            root = YAMLMapper.builder().build().readTree(content);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("it is no YAML: " + e.getOriginalMessage(), e);
        }
        if (!root.path("apiVersion").asString("").equals("apiserver.config.k8s.io/v1")
                || !root.path("kind").asString("").equals("EncryptionConfiguration")) {
            throw new IllegalArgumentException("it is no EncryptionConfiguration of apiserver.config.k8s.io/v1");
        }
        EncryptionFile file = new EncryptionFile();
        EncryptionRules rules = file.rules(root.path("resources"));
        if (!file.errors.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", file.errors));
        }
        return rules;
    }

    /** The list that stands there; an empty one, and an error, if it is something else. */
    private JsonNode list(JsonNode found, String path) {
        if (found.isArray()) {
            return found;
        }
        if (!found.isMissingNode() && !found.isNull()) {
            errors.add(path + ": Invalid value: it must be a list");
        }
        return Json.array();
    }

    private EncryptionRules rules(JsonNode found) {
        JsonNode resources = list(found, "resources");
        if (resources.isEmpty()) {
            errors.add("resources: Required value: at least one resources is required");
        }
        List<EncryptionRules.Entry> entries = new ArrayList<>();
        for (int i = 0; i < resources.size(); i++) {
            String path = "resources[" + i + "]";
            List<String> names = names(resources.get(i).path("resources"), path + ".resources");
            entries.add(new EncryptionRules.Entry(
                    names, providers(resources.get(i).path("providers"), path + ".providers")));
        }
        return new EncryptionRules(entries);
    }

    private List<String> names(JsonNode found, String path) {
        JsonNode list = list(found, path);
        List<String> names = new ArrayList<>();
        for (JsonNode each : list) {
            String name = each.asString("");
            String wrong = wrongName(name);
            if (!wrong.isEmpty()) {
                errors.add(path + "[" + names.size() + "]: Invalid value: \"" + name + "\": " + wrong);
            }
            names.add(name);
        }
        if (names.isEmpty()) {
            errors.add(path + ": Required value: at least one " + path + " is required");
        }
        if (new HashSet<>(names).size() < names.size()) {
            errors.add(path + ": Invalid value: " + names + ": the same resource cannot be specified multiple times");
        }
        if (overlap(names)) {
            errors.add(
                    path + ": Invalid value: " + names + ": using overlapping resources such as 'secrets' and '*.' in "
                            + "the same resource list is not allowed as they will be masked");
        }
        return names;
    }

    private static String wrongName(String name) {
        if (!name.equals(name.toLowerCase(Locale.ROOT))) {
            return "resource name should not contain capital letters";
        }
        if (name.equals("*")) {
            return "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources";
        }
        String group = group(name);
        if (group.equals("events.k8s.io")) {
            return "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the "
                    + "config file";
        }
        if (group.equals("extensions")) {
            return "'extensions' group has been removed and cannot be used for encryption";
        }
        return group.equals("*") && !name.equals("*.*")
                ? "encrypting the same resource across groups is not supported"
                : "";
    }

    private static String group(String name) {
        int dot = name.indexOf('.');
        return dot < 0 ? "" : name.substring(dot + 1);
    }

    /** Whether one name of a list hides another one. */
    private static boolean overlap(List<String> names) {
        Set<String> distinct = new HashSet<>(names);
        if (distinct.size() < 2) {
            return false;
        }
        return distinct.contains("*.*")
                || distinct.stream().filter(each -> each.startsWith("*.")).anyMatch(all -> distinct.stream()
                        .anyMatch(each -> !each.equals(all) && group(each).equals(group(all))));
    }

    private List<Provider> providers(JsonNode found, String path) {
        JsonNode list = list(found, path);
        List<Provider> providers = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            String at = path + "[" + i + "]";
            List<String> named =
                    list.get(i).propertyNames().stream().filter(KNOWN::contains).toList();
            if (named.isEmpty()) {
                errors.add(
                        at + ": Invalid value: provider does not contain any of the expected providers: KMS, AESGCM, "
                                + "AESCBC, Secretbox, Identity");
            } else if (named.size() > 1) {
                errors.add(
                        at + ": Invalid value: more than one provider specified in a single element, should split into "
                                + "different list elements");
            } else {
                provider(named.getFirst(), list.get(i).path(named.getFirst()), at, providers);
            }
        }
        if (list.isEmpty()) {
            errors.add(path + ": Required value: at least one " + path + " is required");
        }
        return providers;
    }

    private void provider(String name, JsonNode settings, String path, List<Provider> to) {
        if (name.equals("identity")) {
            to.add(new Provider.Identity());
            return;
        }
        Seal.named(name)
                .ifPresentOrElse(
                        seal -> keys(seal, settings.path("keys"), path + "." + name + ".keys")
                                .ifPresent(keys -> to.add(new Provider.Sealed(seal, keys))),
                        () -> errors.add(
                                path + "." + name + ": Forbidden: the provider is not supported here, use aesgcm, "
                                        + "aescbc or identity"));
    }

    private Optional<EncryptionKeys> keys(Seal seal, JsonNode found, String path) {
        JsonNode list = list(found, path);
        if (list.isEmpty()) {
            errors.add(path + ": Required value: at least one keys is required");
            return Optional.empty();
        }
        Map<String, SecretKey> keys = new LinkedHashMap<>();
        int before = errors.size();
        for (int i = 0; i < list.size(); i++) {
            String name = list.get(i).path("name").asString("");
            if (name.isEmpty()) {
                errors.add(path + "[" + i + "].name: Required value: name is a mandatory field for a key");
            }
            byte[] secret = secret(seal, list.get(i).path("secret").asString(""), path + "[" + i + "].secret");
            if (secret.length > 0) {
                keys.putIfAbsent(name, new SecretKeySpec(secret, "AES"));
            }
        }
        return errors.size() > before
                ? Optional.empty()
                : Optional.of(new EncryptionKeys(keys.keySet().iterator().next(), keys));
    }

    /** The bytes of a key; none, and an error, if they cannot be one. */
    private byte[] secret(Seal seal, String text, String path) {
        if (text.isEmpty()) {
            errors.add(path + ": Required value: secret is a mandatory field for a key");
            return new byte[0];
        }
        byte[] secret;
        try {
            secret = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            errors.add(path + ": Invalid value: \"REDACTED\": secrets must be base64 encoded");
            return new byte[0];
        }
        if (!seal.keyBytes().contains(secret.length)) {
            String lengths =
                    seal.keyBytes().stream().sorted().map(String::valueOf).collect(Collectors.joining(" ", "[", "]"));
            errors.add(path + ": Invalid value: \"REDACTED\": secret is not of the expected length, got "
                    + secret.length + ", expected one of " + lengths);
            return new byte[0];
        }
        return secret;
    }
}
