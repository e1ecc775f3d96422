package io.kybern.api;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * One entry of the registry: a resource in one version, as discovery describes it.
 *
 * @param gvr where it is served
 * @param kind the kind of its objects
 * @param listKind the kind of its lists, for example {@code PodList}
 * @param singular the singular name, for example {@code pod}
 * @param namespaced whether its objects live in namespaces
 * @param shortNames what people type instead of the plural, for example {@code deploy}
 * @param categories groups of resources that kubectl knows by one name, for example {@code all}
 * @param verbs what may be done with it
 * @param subresources by name
 * @param storage where its objects are kept: two versions or two groups can share one store
 */
public record ResourceType(
        GroupVersionResource gvr,
        String kind,
        String listKind,
        String singular,
        boolean namespaced,
        List<String> shortNames,
        List<String> categories,
        Set<Verb> verbs,
        Map<String, Subresource> subresources,
        GroupResource storage) {

    /** A type whose singular and list kind follow from its kind, as those of built-in types do. */
    public ResourceType(
            GroupVersionResource gvr,
            String kind,
            boolean namespaced,
            List<String> shortNames,
            List<String> categories,
            Set<Verb> verbs,
            Map<String, Subresource> subresources,
            GroupResource storage) {
        this(
                gvr,
                kind,
                kind + "List",
                kind.toLowerCase(Locale.ROOT),
                namespaced,
                shortNames,
                categories,
                verbs,
                subresources,
                storage);
    }

    public ResourceType {
        shortNames = List.copyOf(shortNames);
        categories = List.copyOf(categories);
        verbs = Set.copyOf(verbs);
        subresources = Map.copyOf(subresources);
    }

    /** The group, version and kind of its objects. */
    public GroupVersionKind gvk() {
        return new GroupVersionKind(gvr.group(), gvr.version(), kind);
    }

    /** The resource without its version, as messages name it. */
    public GroupResource groupResource() {
        return gvr.groupResource();
    }

    /** Whether objects of the type are kept, other than reviews and the like, which are only answered. */
    public boolean stored() {
        return verbs.contains(Verb.GET);
    }

    /** Whether it has a subresource of that name. */
    public boolean has(String subresource) {
        return subresources.containsKey(subresource);
    }
}
