package io.kybern.api.pki;

import java.util.Arrays;

/** Walks through DER (X.690), element by element; only what certificate requests need. Not thread-safe. */
final class DerReader {

    static final int SEQUENCE = 0x30;
    static final int BIT_STRING = 0x03;
    static final int OBJECT_ID = 0x06;

    private static final int LONG_FORM = 0x80;
    private static final int MAX_LENGTH_BYTES = 3;

    private final byte[] bytes;
    private final int end;
    private int at;

    DerReader(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    private DerReader(byte[] bytes, int at, int end) {
        this.bytes = bytes;
        this.at = at;
        this.end = end;
    }

    /**
     * One element.
     *
     * @param tag its first byte
     * @param whole its bytes with tag and length
     * @param value its bytes without
     */
    record Element(int tag, byte[] whole, byte[] value) {

        /** Reads what is inside. */
        DerReader inside() {
            return new DerReader(value);
        }
    }

    /** Whether everything was read. */
    boolean atEnd() {
        return at >= end;
    }

    /** The next element, which must have this tag. */
    Element next(int tag) throws CertificateRequestException {
        Element element = next();
        if (element.tag() != tag) {
            throw CertificateRequestException.malformed();
        }
        return element;
    }

    /** The next element. */
    Element next() throws CertificateRequestException {
        int start = at;
        int tag = read();
        int length = read();
        if (length >= LONG_FORM) {
            int count = length - LONG_FORM;
            if (count == 0 || count > MAX_LENGTH_BYTES) {
                throw CertificateRequestException.malformed();
            }
            length = 0;
            for (int i = 0; i < count; i++) {
                length = length << Byte.SIZE | read();
            }
        }
        if (length > end - at) {
            throw CertificateRequestException.malformed();
        }
        at += length;
        return new Element(tag, Arrays.copyOfRange(bytes, start, at), Arrays.copyOfRange(bytes, at - length, at));
    }

    private int read() throws CertificateRequestException {
        if (atEnd()) {
            throw CertificateRequestException.malformed();
        }
        return Byte.toUnsignedInt(bytes[at++]);
    }
}
