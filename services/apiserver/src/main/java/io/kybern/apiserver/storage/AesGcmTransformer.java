package io.kybern.apiserver.storage;

import io.kybern.api.GroupResource;
import io.kybern.api.ObjectKey;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/**
 * Encrypts some resources with AES-256-GCM under a random nonce, bound to the object's key, so that a value cannot be moved to
 * another object. Stored as {@code k8s:enc:aesgcm:v1:<key name>:<nonce><ciphertext>}; see
 * <a href="https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/">Encrypting confidential data at rest</a>.
 */
final class AesGcmTransformer implements ValueTransformer {

    private static final String MARK = "k8s:enc:aesgcm:v1:";
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final Set<GroupResource> resources;
    private final EncryptionKeys keys;
    private final SecureRandom random = new SecureRandom();

    AesGcmTransformer(Set<GroupResource> resources, EncryptionKeys keys) {
        this.resources = Set.copyOf(resources);
        this.keys = keys;
    }

    @Override
    public boolean appliesTo(GroupResource resource) {
        return resources.contains(resource);
    }

    @Override
    public byte[] toStore(GroupResource resource, ObjectKey key, byte[] json) {
        if (!appliesTo(resource)) {
            return json;
        }
        byte[] head = (MARK + keys.first() + ":").getBytes(StandardCharsets.US_ASCII);
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        try {
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, keys.encrypting(), nonce, resource, key);
            byte[] stored = Arrays.copyOf(head, head.length + NONCE_BYTES + cipher.getOutputSize(json.length));
            System.arraycopy(nonce, 0, stored, head.length, NONCE_BYTES);
            cipher.doFinal(json, 0, json.length, stored, head.length + NONCE_BYTES);
            return stored;
        } catch (GeneralSecurityException e) {
            throw StorageException.corrupt(resource + " \"" + key + "\" cannot be encrypted", e);
        }
    }

    @Override
    public byte[] fromStore(GroupResource resource, ObjectKey key, byte[] stored) {
        if (!appliesTo(resource) || !startsWith(stored, MARK)) {
            return stored;
        }
        int colon = MARK.length();
        while (colon < stored.length && stored[colon] != ':') {
            colon++;
        }
        String name = new String(stored, MARK.length(), colon - MARK.length(), StandardCharsets.US_ASCII);
        int body = colon + 1 + NONCE_BYTES;
        SecretKey secret = keys.byName().get(name);
        if (stored.length <= body || secret == null) {
            throw StorageException.corrupt(resource + " \"" + key + "\" is encrypted with the key \"" + name
                    + "\", which is not in the key file");
        }
        try {
            byte[] nonce = Arrays.copyOfRange(stored, colon + 1, body);
            return cipher(Cipher.DECRYPT_MODE, secret, nonce, resource, key)
                    .doFinal(stored, body, stored.length - body);
        } catch (GeneralSecurityException e) {
            throw StorageException.corrupt(
                    resource + " \"" + key + "\" does not open with the key \"" + name + "\"", e);
        }
    }

    private static Cipher cipher(int mode, SecretKey secret, byte[] nonce, GroupResource resource, ObjectKey key)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, secret, new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD((RedisKeys.name(resource) + "/" + key.stored()).getBytes(StandardCharsets.UTF_8));
        return cipher;
    }

    private static boolean startsWith(byte[] bytes, String text) {
        return bytes.length >= text.length()
                && new String(bytes, 0, text.length(), StandardCharsets.US_ASCII).equals(text);
    }
}
