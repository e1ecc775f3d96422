package io.kybern.node.access;

import java.util.Optional;

/** What the API server is asked. Calls block. */
public interface Reviews {

    /** Who bears the token; empty if the token is nobody's. An API server may also say that by an error. */
    Optional<Caller> tokenReview(String token) throws ReviewException;

    /** Whether the caller may use the verb on that subresource of this node. */
    boolean subjectAccessReview(Caller caller, String verb, String subresource) throws ReviewException;
}
