package io.kybern.apiserver.protobuf;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes the protobuf wire format front to back. A message's length stands before its content, so {@link #begin} leaves one byte for
 * it, and {@link #end} moves the content of longer messages: copying inside an array costs less than measuring everything twice.
 */
public final class WireWriter {

    private static final int INITIAL_SIZE = 1024;

    private byte[] buffer;
    private int size;

    /** An empty message. */
    public WireWriter() {
        this(INITIAL_SIZE);
    }

    /** An empty message with room for that many bytes. */
    public WireWriter(int capacity) {
        buffer = new byte[Math.max(capacity, 16)];
    }

    /** How many bytes there are. */
    public int size() {
        return size;
    }

    /** What was written. */
    public byte[] toByteArray() {
        return Arrays.copyOf(buffer, size);
    }

    /** Writes an integer; a truth value is 0 or 1. */
    public void integer(int number, long value) {
        tag(number, WireReader.VARINT);
        varint(value);
    }

    /** Writes a floating-point number. */
    public void decimal(int number, double value) {
        tag(number, WireReader.FIXED64);
        room(Double.BYTES);
        long bits = Double.doubleToLongBits(value);
        for (int i = 0; i < Double.BYTES; i++) {
            buffer[size++] = (byte) (bits >>> (8 * i));
        }
    }

    /** Writes a text. */
    public void string(int number, String value) {
        tag(number, WireReader.BYTES);
        int length = value.length();
        int start = size;
        varint(length);
        room(length);
        for (int i = 0; i < length; i++) {
            char c = value.charAt(i);
            if (c >= 0x80) {
                size = start;
                raw(value.getBytes(StandardCharsets.UTF_8));
                return;
            }
            buffer[size++] = (byte) c;
        }
    }

    /** Writes bytes. */
    public void bytes(int number, byte[] value) {
        bytes(number, value, 0, value.length);
    }

    /** Writes a part of an array. */
    public void bytes(int number, byte[] value, int offset, int length) {
        tag(number, WireReader.BYTES);
        varint(length);
        literal(value, offset, length);
    }

    /** Appends bytes that are in the wire format already. */
    public void literal(byte[] value, int offset, int length) {
        room(length);
        System.arraycopy(value, offset, buffer, size, length);
        size += length;
    }

    /**
     * Starts a message inside this one: all that follows belongs to it.
     *
     * @return what {@link #end} wants
     */
    public int begin(int number) {
        tag(number, WireReader.BYTES);
        room(1);
        size++;
        return size;
    }

    /**
     * Ends the message that started there; the innermost first.
     *
     * @return where its content is now
     */
    public int end(int start) {
        int length = size - start;
        int extra = varintSize(length) - 1;
        if (extra > 0) {
            room(extra);
            System.arraycopy(buffer, start, buffer, start + extra, length);
        }
        int end = size + extra;
        size = start - 1;
        varint(length);
        size = end;
        return start + extra;
    }

    private void raw(byte[] value) {
        varint(value.length);
        literal(value, 0, value.length);
    }

    private void tag(int number, int wireType) {
        varint((long) number << 3 | wireType);
    }

    private void varint(long value) {
        room(10);
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            buffer[size++] = (byte) (rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        buffer[size++] = (byte) rest;
    }

    private static int varintSize(int value) {
        int bytes = 1;
        for (int rest = value >>> 7; rest != 0; rest >>>= 7) {
            bytes++;
        }
        return bytes;
    }

    private void room(int count) {
        if (buffer.length - size < count) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + count));
        }
    }
}
