package io.kybern.apiserver.protobuf;

/**
 * A body in Kubernetes' protobuf encoding, and where in it the object's own message is.
 *
 * @param bytes magic bytes, envelope and message; not to be changed
 * @param from where the message begins
 * @param length how long the message is
 */
public record ProtobufDocument(byte[] bytes, int from, int length) {}
