package io.kybern.node.runtime;

/** Which streams of a container's main process to join; {@code tty} says how the container was created. */
public record AttachRequest(boolean stdin, boolean stdout, boolean stderr, boolean tty) {}
