package io.kybern.node.runtime;

/**
 * Which streams of a container's main process to join.
 *
 * @param tty how the container was created
 * @param endsInput whether the end of the client's input ends the container's; otherwise the container waits for the next
 *     client
 * @param fromStart whether what the container wrote before comes first
 */
public record AttachRequest(
        boolean stdin, boolean stdout, boolean stderr, boolean tty, boolean endsInput, boolean fromStart) {}
