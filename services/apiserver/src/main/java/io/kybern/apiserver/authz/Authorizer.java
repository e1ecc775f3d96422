package io.kybern.apiserver.authz;

/** Says who may do what. Called on virtual threads, many at once; quick. */
@FunctionalInterface
public interface Authorizer {

    /** The decision. */
    Decision authorize(AccessAttributes attributes);
}
