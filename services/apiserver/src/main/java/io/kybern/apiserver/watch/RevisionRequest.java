package io.kybern.apiserver.watch;

/** How fresh a read must be. */
public sealed interface RevisionRequest {

    /** The newest state: whatever was answered before the read began is in it. */
    record Latest() implements RevisionRequest {}

    /** Whatever the cache holds. */
    record Any() implements RevisionRequest {}

    /** A state that is not older than the revision. */
    record AtLeast(long revision) implements RevisionRequest {}

    /** The state at exactly that revision, as lists in pieces need it. */
    record Exact(long revision) implements RevisionRequest {}

    /** See {@link Latest}. */
    static RevisionRequest latest() {
        return new Latest();
    }

    /** See {@link Any}. */
    static RevisionRequest any() {
        return new Any();
    }

    /** See {@link AtLeast}. */
    static RevisionRequest atLeast(long revision) {
        return new AtLeast(revision);
    }

    /** See {@link Exact}. */
    static RevisionRequest exact(long revision) {
        return new Exact(revision);
    }
}
