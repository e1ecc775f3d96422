package io.kybern.apiserver.registry;

import io.kybern.api.validation.Names;
import java.util.ArrayList;
import java.util.List;

/** The rules that names of objects follow; which one a type has is part of its API. */
public enum NameRule {
    /** A DNS name: most types. */
    SUBDOMAIN {
        @Override
        List<String> faults(String name) {
            return Names.dns1123Subdomain(name);
        }
    },
    /** A DNS label: namespaces. */
    LABEL {
        @Override
        List<String> faults(String name) {
            return Names.dns1123Label(name);
        }
    },
    /** A DNS label that begins with a letter: Services. */
    LABEL_1035 {
        @Override
        List<String> faults(String name) {
            return Names.dns1035Label(name);
        }
    },
    /** Whatever fits into a URL's path: roles and bindings. */
    PATH_SEGMENT {
        @Override
        List<String> faults(String name) {
            return pathSegment(name);
        }
    },
    /** An address, in its one form: IPAddresses. */
    ADDRESS {
        @Override
        List<String> faults(String name) {
            return IpRules.addressFaults(name);
        }

        @Override
        public List<String> prefixFaults(String prefix) {
            return faults(prefix);
        }
    };

    /** What is wrong with a name; nothing if it is good. */
    abstract List<String> faults(String name);

    /** What is wrong with the beginning of a name that the server will complete: a hyphen at its end is fine. */
    public List<String> prefixFaults(String prefix) {
        return faults(
                this != PATH_SEGMENT && prefix.endsWith("-") ? prefix.substring(0, prefix.length() - 1) + "a" : prefix);
    }

    /** What is wrong with a name that only needs to fit into a path. */
    public static List<String> pathSegment(String name) {
        if (name.equals(".") || name.equals("..")) {
            return List.of("may not be '" + name + "'");
        }
        List<String> faults = new ArrayList<>();
        for (String illegal : List.of("/", "%")) {
            if (name.contains(illegal)) {
                faults.add("may not contain '" + illegal + "'");
            }
        }
        return faults;
    }
}
