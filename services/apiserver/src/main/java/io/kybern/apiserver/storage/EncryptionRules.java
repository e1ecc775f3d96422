package io.kybern.apiserver.storage;

import io.kybern.api.GroupResource;
import java.util.ArrayList;
import java.util.List;

/**
 * Which resources are encrypted, and how. The first entry that knows a resource counts; its first provider writes, all of them
 * read.
 */
record EncryptionRules(List<Entry> entries) {

    /** Nothing is encrypted. */
    static final EncryptionRules NONE = new EncryptionRules(List.of());

    EncryptionRules {
        entries = List.copyOf(entries);
    }

    /**
     * What holds for some resources.
     *
     * @param resources {@code secrets}, {@code deployments.apps}, {@code *.apps}, {@code *.} for the core group, or {@code *.*}
     * @param providers not empty
     */
    record Entry(List<String> resources, List<Provider> providers) {

        Entry {
            resources = List.copyOf(resources);
            providers = List.copyOf(providers);
        }

        private boolean knows(GroupResource resource) {
            return resources.stream().anyMatch(each -> matches(each, resource));
        }
    }

    /** How values are stored. */
    sealed interface Provider {

        /** As they are. */
        record Identity() implements Provider {}

        /** Encrypted. */
        record Sealed(Seal seal, EncryptionKeys keys) implements Provider {}
    }

    /** The providers for a resource; empty if it is not to be encrypted. */
    List<Provider> providers(GroupResource resource) {
        for (Entry each : entries) {
            if (each.knows(resource)) {
                return each.providers();
            }
        }
        return List.of();
    }

    /**
     * The same rules, by which some keys also read the values of a resource: a configuration that is new does not close what was
     * encrypted before it. Where no entry knows the resource, those keys go on to write it.
     */
    EncryptionRules alsoReading(GroupResource resource, EncryptionKeys keys) {
        Provider reader = new Provider.Sealed(Seal.AESGCM, keys);
        List<Entry> extended = new ArrayList<>();
        boolean known = false;
        for (Entry each : entries) {
            boolean first = !known && each.knows(resource);
            if (first) {
                List<Provider> providers = new ArrayList<>(each.providers());
                providers.add(reader);
                extended.add(new Entry(List.of(resource.toString()), providers));
            }
            known |= first;
            extended.add(each);
        }
        if (!known) {
            // what was stored before it was encrypted stays readable
            extended.add(new Entry(List.of(resource.toString()), List.of(reader, new Provider.Identity())));
        }
        return new EncryptionRules(extended);
    }

    private static boolean matches(String pattern, GroupResource resource) {
        int dot = pattern.indexOf('.');
        String name = dot < 0 ? pattern : pattern.substring(0, dot);
        String group = dot < 0 ? "" : pattern.substring(dot + 1);
        return (name.equals("*") || name.equals(resource.resource()))
                && (group.equals("*") || group.equals(resource.group()));
    }
}
