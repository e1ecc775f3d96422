package io.kybern.apiserver.registry;

import io.kybern.apiserver.authn.UserInfo;
import java.time.Clock;

/**
 * The request within which a strategy works.
 *
 * @param user who asks
 * @param namespace empty for cluster scope
 * @param name the object's name
 * @param dryRun whether nothing will be stored
 * @param clock tells the time of the write
 * @param fieldManager what the client calls itself; may be empty
 */
public record RequestScope(
        UserInfo user, String namespace, String name, boolean dryRun, Clock clock, String fieldManager) {}
