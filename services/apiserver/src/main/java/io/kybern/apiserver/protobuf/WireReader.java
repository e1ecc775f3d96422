package io.kybern.apiserver.protobuf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Reads the protobuf wire format: a sequence of numbered values. Throws {@link IllegalArgumentException} at bad input. */
final class WireReader {

    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int BYTES = 2;
    static final int FIXED32 = 5;

    private final ByteBuffer in;
    private int number;
    private int wireType;

    WireReader(byte[] bytes) {
        this(ByteBuffer.wrap(bytes));
    }

    private WireReader(ByteBuffer in) {
        this.in = in.order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Goes to the next value; false at the end. */
    boolean next() {
        if (!in.hasRemaining()) {
            return false;
        }
        long tag = varint();
        number = (int) (tag >>> 3);
        wireType = (int) (tag & 7);
        return true;
    }

    /** The number of the present value. */
    int number() {
        return number;
    }

    /** How the present value is written. */
    int wireType() {
        return wireType;
    }

    /** Reads an integer. */
    long varint() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (!in.hasRemaining()) {
                throw new IllegalArgumentException("unexpected EOF");
            }
            byte b = in.get();
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("proto: integer overflow");
    }

    /** Reads a double. */
    double fixed64() {
        need(8);
        return in.getDouble();
    }

    /** Reads bytes, a string or a message. */
    byte[] bytes() {
        long length = varint();
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException("unexpected EOF");
        }
        byte[] bytes = new byte[(int) length];
        in.get(bytes);
        return bytes;
    }

    /** Reads a string. */
    String string() {
        return new String(bytes(), StandardCharsets.UTF_8);
    }

    /** Passes over the present value. */
    void skip() {
        switch (wireType) {
            case VARINT -> varint();
            case FIXED64 -> fixed64();
            case BYTES -> bytes();
            case FIXED32 -> {
                need(4);
                in.getInt();
            }
            default -> throw new IllegalArgumentException("proto: illegal wireType " + wireType);
        }
    }

    private void need(int count) {
        if (in.remaining() < count) {
            throw new IllegalArgumentException("unexpected EOF");
        }
    }
}
