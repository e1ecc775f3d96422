package io.kybern.apiserver.storage;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import io.kybern.apiserver.storage.EncryptionRules.Provider;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.SecretKey;

/**
 * Encrypts and decrypts by rules that may be exchanged at any time; see
 * <a href="https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/">Encrypting confidential data at rest</a>.
 */
final class EncryptingTransformer implements ValueTransformer {

    private static final Provider IDENTITY = new Provider.Identity();

    private volatile Current current;

    EncryptingTransformer(EncryptionRules rules) {
        this.current = new Current(0, rules);
    }

    /** The rules, with what they say about each resource that was asked for. */
    private record Current(long generation, EncryptionRules rules, Map<GroupResource, List<Provider>> known) {

        Current(long generation, EncryptionRules rules) {
            this(generation, rules, new ConcurrentHashMap<>());
        }

        List<Provider> providers(GroupResource resource) {
            List<Provider> found = known.get(resource);
            return found != null ? found : known.computeIfAbsent(resource, rules::providers);
        }
    }

    /** From now on these rules count; called by one thread. */
    void use(EncryptionRules rules) {
        current = new Current(current.generation() + 1, rules);
    }

    @Override
    public long generation() {
        return current.generation();
    }

    @Override
    public boolean appliesTo(GroupResource resource) {
        return !current.providers(resource).isEmpty();
    }

    @Override
    public boolean isStale(GroupResource resource, byte[] stored) {
        List<Provider> providers = current.providers(resource);
        return !providers.isEmpty()
                && switch (providers.getFirst()) {
                    case Provider.Identity identity -> startsWith(stored, Seal.ANY);
                    case Provider.Sealed(Seal seal, EncryptionKeys keys) ->
                        !startsWith(stored, seal.mark() + keys.first() + ":");
                };
    }

    @Override
    public byte[] toStore(GroupResource resource, ObjectKey key, byte[] json) {
        List<Provider> providers = current.providers(resource);
        if (providers.isEmpty()) {
            return json;
        }
        try {
            return switch (providers.getFirst()) {
                case Provider.Identity identity -> json;
                case Provider.Sealed(Seal seal, EncryptionKeys keys) ->
                    seal.close(keys.first(), keys.encrypting(), context(resource, key), json);
            };
        } catch (GeneralSecurityException e) {
            throw StorageException.corrupt(what(resource, key) + " cannot be encrypted", e);
        }
    }

    @Override
    public byte[] fromStore(GroupResource resource, ObjectKey key, byte[] stored) {
        List<Provider> providers = current.providers(resource);
        if (!startsWith(stored, Seal.ANY)) {
            // else who can write the store could put a plain value in place of a sealed one
            if (providers.isEmpty() || providers.contains(IDENTITY)) {
                return stored;
            }
            throw StorageException.corrupt(
                    what(resource, key) + " is not encrypted, and identity is not among its providers");
        }
        String wrong = "";
        for (Provider each : providers) {
            if (each instanceof Provider.Sealed(Seal seal, EncryptionKeys keys)) {
                for (Map.Entry<String, SecretKey> one : keys.byName().entrySet()) {
                    String head = seal.mark() + one.getKey() + ":";
                    if (startsWith(stored, head)) {
                        try {
                            return seal.open(one.getValue(), context(resource, key), stored, bytes(head).length);
                        } catch (GeneralSecurityException e) {
                            // another provider may have a key of that name too
                            wrong = String.valueOf(e.getMessage());
                        }
                    }
                }
            }
        }
        throw StorageException.corrupt(
                wrong.isEmpty()
                        ? what(resource, key) + " is encrypted with " + head(stored)
                                + ", which is not among the encryption keys"
                        : what(resource, key) + " does not open with " + head(stored) + ": " + wrong);
    }

    private static String context(GroupResource resource, ObjectKey key) {
        return RedisKeys.name(resource) + "/" + key.stored();
    }

    private static String what(GroupResource resource, ObjectKey key) {
        return resource + " \"" + key + "\"";
    }

    /** How a value that no key opens was sealed: provider and key, from its beginning. */
    private static String head(byte[] stored) {
        int provider = colon(stored, Seal.ANY.length());
        int version = colon(stored, Math.min(provider + 1, stored.length));
        int name = Math.min(version + 1, stored.length);
        return "the "
                + new String(stored, Seal.ANY.length(), provider - Seal.ANY.length(), StandardCharsets.UTF_8)
                + " key \""
                + new String(stored, name, colon(stored, name) - name, StandardCharsets.UTF_8)
                + "\"";
    }

    private static int colon(byte[] bytes, int from) {
        int at = from;
        while (at < bytes.length && bytes[at] != ':') {
            at++;
        }
        return at;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static boolean startsWith(byte[] bytes, String text) {
        byte[] start = bytes(text);
        if (bytes.length < start.length) {
            return false;
        }
        for (int i = 0; i < start.length; i++) {
            if (bytes[i] != start[i]) {
                return false;
            }
        }
        return true;
    }
}
