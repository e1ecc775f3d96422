package io.kybern.controller.client;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Reads the certificates and the key of a kubeconfig. Keys are PKCS#8 (EC or RSA), or SEC 1 on the curve P-256. */
final class ClientTls {

    private static final Pattern PEM_KEY =
            Pattern.compile("-----BEGIN ((?:EC )?PRIVATE KEY)-----(.*?)-----END", Pattern.DOTALL);

    /** The algorithm identifier of an EC key on P-256, which SEC 1 leaves to the context and PKCS#8 spells out. */
    private static final byte[] EC_P256 = HexFormat.of().parseHex("301306072a8648ce3d020106082a8648ce3d030107");

    private ClientTls() {}

    static KeyManager[] keyManagers(byte[] certificatesPem, byte[] keyPem)
            throws GeneralSecurityException, IOException {
        Collection<? extends Certificate> chain = certificates(certificatesPem);
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("client", privateKey(keyPem), new char[0], chain.toArray(Certificate[]::new));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
    }

    static TrustManager[] trustManagers(byte[] authoritiesPem) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        int number = 0;
        for (Certificate authority : certificates(authoritiesPem)) {
            store.setCertificateEntry("ca-" + number++, authority);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    /** What a kubeconfig gives inline in base 64, or as the name of a file; null if it gives neither. */
    static byte @Nullable [] read(@Nullable String base64, @Nullable String file) throws IOException {
        if (base64 != null && !base64.isEmpty()) {
            return Base64.getMimeDecoder().decode(base64);
        }
        return file == null || file.isEmpty() ? null : Files.readAllBytes(Path.of(file));
    }

    static PrivateKey privateKey(byte[] pem) throws GeneralSecurityException {
        Matcher matcher = PEM_KEY.matcher(new String(pem, StandardCharsets.US_ASCII));
        if (!matcher.find()) {
            throw new InvalidKeySpecException("no PRIVATE KEY or EC PRIVATE KEY block in the client key");
        }
        byte[] der = Base64.getMimeDecoder().decode(matcher.group(2));
        PKCS8EncodedKeySpec spec =
                new PKCS8EncodedKeySpec(matcher.group(1).equals("EC PRIVATE KEY") ? wrapSec1(der) : der);
        InvalidKeySpecException last = new InvalidKeySpecException("the client key is neither EC nor RSA");
        for (String algorithm : List.of("EC", "RSA")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException e) {
                last.addSuppressed(e);
            }
        }
        throw last;
    }

    private static Collection<? extends Certificate> certificates(byte[] pem) throws GeneralSecurityException {
        return CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(pem));
    }

    private static byte[] wrapSec1(byte[] sec1) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        content.writeBytes(new byte[] {0x02, 0x01, 0x00});
        content.writeBytes(EC_P256);
        content.writeBytes(tlv(0x04, sec1));
        return tlv(0x30, content.toByteArray());
    }

    private static byte[] tlv(int tag, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length < 0x80) {
            out.write(content.length);
        } else if (content.length < 0x100) {
            out.write(0x81);
            out.write(content.length);
        } else {
            out.write(0x82);
            out.write(content.length >> 8);
            out.write(content.length);
        }
        out.writeBytes(content);
        return out.toByteArray();
    }
}
