package io.kybern.api.pki;

import io.kybern.api.pki.DerReader.Element;
import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.PSSParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.security.auth.x500.X500Principal;

/**
 * A PKCS#10 certificate request (RFC 2986) whose signature was checked: whoever made it has the private key.
 *
 * @param subject who wants the certificate
 * @param publicKey the key that the certificate is for
 */
public record CertificateRequest(X500Principal subject, PublicKey publicKey) {

    private static final String PEM_TYPE = "CERTIFICATE REQUEST";

    /** Key algorithms by the hexadecimal form of their object ids. */
    private static final Map<String, String> KEYS =
            Map.of("2a864886f70d010101", "RSA", "2a8648ce3d0201", "EC", "2b6570", "Ed25519");

    private static final String PSS = "2a864886f70d01010a";

    /** Signature algorithms by the hexadecimal form of their object ids. */
    private static final Map<String, String> SIGNATURES = Map.of(
            "2a864886f70d01010b",
            "SHA256withRSA",
            "2a864886f70d01010c",
            "SHA384withRSA",
            "2a864886f70d01010d",
            "SHA512withRSA",
            PSS,
            "RSASSA-PSS",
            "2a8648ce3d040302",
            "SHA256withECDSA",
            "2a8648ce3d040303",
            "SHA384withECDSA",
            "2a8648ce3d040304",
            "SHA512withECDSA",
            "2b6570",
            "Ed25519");

    /** What nobody should sign with any more. */
    private static final Map<String, String> INSECURE =
            Map.of("2a864886f70d010104", "MD5-RSA", "2a864886f70d010105", "SHA1-RSA", "2a8648ce3d0401", "ECDSA-SHA1");

    /** Reads the first block of a PEM text, which must be a certificate request, and checks its signature. */
    public static CertificateRequest read(byte[] pem) throws CertificateRequestException {
        List<PemBlock> blocks = PemBlock.read(pem);
        if (blocks.isEmpty() || !blocks.getFirst().type().equals(PEM_TYPE)) {
            throw CertificateRequestException.notPem();
        }
        DerReader outer = new DerReader(blocks.getFirst().content());
        DerReader request = outer.next(DerReader.SEQUENCE).inside();
        if (!outer.atEnd()) {
            throw CertificateRequestException.trailingData();
        }
        Element info = request.next(DerReader.SEQUENCE);
        DerReader algorithm = request.next(DerReader.SEQUENCE).inside();
        byte[] signature = bits(request.next(DerReader.BIT_STRING));
        DerReader fields = info.inside();
        fields.next();
        Element subject = fields.next(DerReader.SEQUENCE);
        PublicKey key = publicKey(fields.next(DerReader.SEQUENCE));
        verify(algorithm, key, info.whole(), signature);
        try {
            return new CertificateRequest(new X500Principal(subject.whole()), key);
        } catch (IllegalArgumentException e) {
            throw CertificateRequestException.malformed();
        }
    }

    private static byte[] bits(Element bitString) throws CertificateRequestException {
        byte[] value = bitString.value();
        if (value.length == 0 || value[0] != 0) {
            throw CertificateRequestException.malformed();
        }
        return Arrays.copyOfRange(value, 1, value.length);
    }

    private static PublicKey publicKey(Element info) throws CertificateRequestException {
        String id = id(info.inside().next(DerReader.SEQUENCE).inside());
        String algorithm = KEYS.get(id);
        if (algorithm == null) {
            throw CertificateRequestException.unknownAlgorithm();
        }
        try {
            return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(info.whole()));
        } catch (GeneralSecurityException e) {
            throw CertificateRequestException.malformed();
        }
    }

    private static String id(DerReader algorithm) throws CertificateRequestException {
        return HexFormat.of().formatHex(algorithm.next(DerReader.OBJECT_ID).value());
    }

    private static void verify(DerReader algorithm, PublicKey key, byte[] signed, byte[] signature)
            throws CertificateRequestException {
        String id = id(algorithm);
        if (INSECURE.containsKey(id)) {
            throw CertificateRequestException.insecure(INSECURE.get(id));
        }
        String name = SIGNATURES.get(id);
        if (name == null) {
            throw CertificateRequestException.unknownAlgorithm();
        }
        String keyAlgorithm = key.getAlgorithm();
        boolean matches;
        try {
            Signature check = Signature.getInstance(name);
            if (id.equals(PSS)) {
                AlgorithmParameters parameters = AlgorithmParameters.getInstance(name);
                parameters.init(algorithm.next(DerReader.SEQUENCE).whole());
                check.setParameter(parameters.getParameterSpec(PSSParameterSpec.class));
            }
            check.initVerify(key);
            check.update(signed);
            matches = check.verify(signature);
        } catch (SignatureException e) {
            matches = false;
        } catch (GeneralSecurityException | IOException e) {
            throw CertificateRequestException.unknownAlgorithm();
        }
        if (!matches) {
            throw CertificateRequestException.badSignature(keyAlgorithm);
        }
    }
}
