package io.kybern.controller.client;

/**
 * The answer to a write.
 *
 * @param object the object as it is now
 * @param revision the store's revision of the write: a cache that has reached it shows the write
 */
public record Written<T>(T object, long revision) {}
