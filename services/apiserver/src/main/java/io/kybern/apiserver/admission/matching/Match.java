package io.kybern.apiserver.admission.matching;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.ResourceType;

/**
 * In which form a request is to be shown to who matched it.
 *
 * @param type the resource in the version that the rules name; that of the request unless they only name an equivalent one
 * @param kind the kind of the object at that resource or subresource
 */
public record Match(ResourceType type, GroupVersionKind kind) {}
