package io.kybern.apiserver.admission.plugins;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.naming.NamingException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;

/** The subject that a request for a certificate (PKCS #10, RFC 2986) names; as much of DER as it takes to find it. */
final class CertificateSubject {

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([^-]+)-----END", Pattern.DOTALL);
    private static final int LONG_FORM = 0x80;

    private CertificateSubject() {}

    /** The organizations of the subject; none of what cannot be read. */
    static List<String> organizations(String pem) {
        List<String> organizations = new ArrayList<>();
        Matcher block = BLOCK.matcher(pem);
        if (!block.find()) {
            return organizations;
        }
        try {
            ByteBuffer request = ByteBuffer.wrap(Base64.getMimeDecoder().decode(block.group(1)));
            // the request, what is signed of it, its version, then the subject
            element(request);
            element(request);
            int version = element(request);
            request.position(request.position() + version);
            byte[] rest = new byte[request.remaining()];
            request.get(rest);
            X500Principal subject = new X500Principal(Arrays.copyOf(rest, wholeElement(rest)));
            for (Rdn rdn : new LdapName(subject.getName()).getRdns()) {
                var parts = rdn.toAttributes().get("O");
                for (int i = 0; parts != null && i < parts.size(); i++) {
                    organizations.add(String.valueOf(parts.get(i)));
                }
            }
        } catch (IllegalArgumentException | BufferUnderflowException | NamingException e) {
            // validation refuses what is no request
            return organizations;
        }
        return organizations;
    }

    private static int wholeElement(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        int length = element(buffer);
        return buffer.position() + length;
    }

    /** Reads over the head of an element; answers the length of its content. */
    private static int element(ByteBuffer in) {
        in.get();
        int length = Byte.toUnsignedInt(in.get());
        if (length < LONG_FORM) {
            return length;
        }
        int value = 0;
        for (int i = 0; i < length - LONG_FORM; i++) {
            value = value << Byte.SIZE | Byte.toUnsignedInt(in.get());
        }
        if (value < 0 || value > in.remaining()) {
            throw new IllegalArgumentException("an element is longer than what holds it");
        }
        return value;
    }
}
