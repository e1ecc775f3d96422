package io.kybern.schema.apply;

import java.util.Set;

/** What nobody owns, because it says which object it is or is the server's own bookkeeping. */
final class Ownable {

    static final String METADATA = "metadata";

    private static final Set<String> NEVER = Set.of("apiVersion", "kind");
    private static final Set<String> NEVER_OF_METADATA = Set.of(
            "name",
            "namespace",
            "creationTimestamp",
            "selfLink",
            "uid",
            "clusterName",
            "generation",
            "managedFields",
            "resourceVersion");

    private Ownable() {}

    /** Whether a field at the top never has an owner. */
    static boolean never(String field) {
        return NEVER.contains(field);
    }

    /** Whether a field of the metadata never has an owner. */
    static boolean neverOfMetadata(String field) {
        return NEVER_OF_METADATA.contains(field);
    }

    /** The paths of what an applied configuration sets, less what has no owner or cannot be changed by the manager. */
    static FieldSet of(FieldSet applied, FieldManager manager) {
        FieldSet owned = new FieldSet();
        applied.forEach((step, child) -> {
            String name = Steps.name(step);
            if (name.equals(METADATA) && manager.changes(name)) {
                FieldSet metadata = new FieldSet();
                child.forEach((below, each) -> {
                    if (!neverOfMetadata(Steps.name(below))) {
                        metadata.putChild(below, each);
                    }
                });
                owned.putChild(step, metadata);
            } else if (!never(name) && manager.changes(name)) {
                owned.putChild(step, child);
            }
        });
        return owned;
    }
}
