package io.kybern.apiserver.storage;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;

/**
 * How values are encrypted. A sealed value is {@code k8s:enc:<name>:v1:<key name>:<nonce><ciphertext>}; see
 * <a href="https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/">Encrypting confidential data at rest</a>.
 */
enum Seal {
    /** AES-GCM under a random nonce, bound to the object's key, so that a value cannot be moved to another object. */
    AESGCM("aesgcm", "AES/GCM/NoPadding", 12, Set.of(16, 24, 32)) {
        @Override
        AlgorithmParameterSpec parameters(byte[] nonce) {
            return new GCMParameterSpec(TAG_BITS, nonce);
        }

        @Override
        void bind(Cipher cipher, String context) {
            cipher.updateAAD(context.getBytes(StandardCharsets.UTF_8));
        }
    },

    /** AES-CBC with padding: hides, but does not notice every forgery. */
    AESCBC("aescbc", "AES/CBC/PKCS5Padding", 16, Set.of(16, 24, 32)) {
        @Override
        AlgorithmParameterSpec parameters(byte[] nonce) {
            return new IvParameterSpec(nonce);
        }

        @Override
        void bind(Cipher cipher, String context) {
            // this mode has nothing that could carry it
        }
    };

    /** What every encrypted value begins with. */
    static final String ANY = "k8s:enc:";

    private static final int TAG_BITS = 128;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final String provider;
    private final String transformation;
    private final int nonceBytes;
    private final Set<Integer> keyBytes;

    Seal(String provider, String transformation, int nonceBytes, Set<Integer> keyBytes) {
        this.provider = provider;
        this.transformation = transformation;
        this.nonceBytes = nonceBytes;
        this.keyBytes = keyBytes;
    }

    abstract AlgorithmParameterSpec parameters(byte[] nonce);

    abstract void bind(Cipher cipher, String context);

    /** The seal that a provider of an {@code EncryptionConfiguration} stands for; empty for one that has none here. */
    static Optional<Seal> named(String provider) {
        return Arrays.stream(values())
                .filter(each -> each.provider.equals(provider))
                .findFirst();
    }

    String provider() {
        return provider;
    }

    /** The lengths that a key may have. */
    Set<Integer> keyBytes() {
        return keyBytes;
    }

    /** What every value of this seal begins with. */
    String mark() {
        return ANY + provider + ":v1:";
    }

    /**
     * Encrypts.
     *
     * @param context what the value belongs to
     */
    byte[] close(String keyName, SecretKey key, String context, byte[] plain) throws GeneralSecurityException {
        byte[] head = (mark() + keyName + ":").getBytes(StandardCharsets.UTF_8);
        byte[] nonce = new byte[nonceBytes];
        RANDOM.nextBytes(nonce);
        byte[] sealed = cipher(Cipher.ENCRYPT_MODE, key, nonce, context).doFinal(plain);
        byte[] stored = Arrays.copyOf(head, head.length + nonceBytes + sealed.length);
        System.arraycopy(nonce, 0, stored, head.length, nonceBytes);
        System.arraycopy(sealed, 0, stored, head.length + nonceBytes, sealed.length);
        return stored;
    }

    /**
     * Decrypts.
     *
     * @param from where the nonce begins
     */
    byte[] open(SecretKey key, String context, byte[] stored, int from) throws GeneralSecurityException {
        int body = from + nonceBytes;
        if (body >= stored.length) {
            throw new GeneralSecurityException("the stored data is shorter than a nonce");
        }
        return cipher(Cipher.DECRYPT_MODE, key, Arrays.copyOfRange(stored, from, body), context)
                .doFinal(stored, body, stored.length - body);
    }

    private Cipher cipher(int mode, SecretKey key, byte[] nonce, String context) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(transformation);
        cipher.init(mode, key, parameters(nonce));
        bind(cipher, context);
        return cipher;
    }
}
