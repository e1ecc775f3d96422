package io.kybern.apiserver.registry;

import io.kybern.api.GroupVersionKind;
import java.util.Optional;

/** The kinds that definitions declare at run time. */
@FunctionalInterface
public interface CustomKinds {

    /** The rules of a kind in one version; empty if no definition declares it. */
    Optional<CustomKind> find(GroupVersionKind kind);

    /** There are none. */
    static CustomKinds none() {
        return kind -> Optional.empty();
    }
}
