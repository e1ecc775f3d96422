package io.kybern.apiserver.endpoints;

import tools.jackson.databind.node.ObjectNode;

/**
 * What a write came to.
 *
 * @param object the object as it is now, in the version of the URL
 * @param revision the revision of the write, 0 if nothing was stored
 * @param created whether it was not there before
 * @param deleted whether the write was what a deletion had waited for, so that the object is gone
 */
record Written(ObjectNode object, long revision, boolean created, boolean deleted) {}
