package io.kybern.events;

import io.kybern.api.GroupResource;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The only place that knows how Kafka topics are named: {@code kybern.objects.<group or core>.<resource>}, and one topic for all
 * custom resources. Each has one partition, so that order is total within a resource.
 */
public final class EventTopics {

    /** The topic of all resources that are not built in. */
    public static final String CUSTOM = "kybern.objects.custom";

    private static final String PREFIX = "kybern.objects.";

    private static final GroupResource NO_RESOURCE = new GroupResource("", "custom");

    private final Set<GroupResource> builtIn;

    private EventTopics(Set<GroupResource> builtIn) {
        this.builtIn = Set.copyOf(builtIn);
    }

    /** The topics of the resources in a registry. */
    public static EventTopics of(ResourceRegistry registry) {
        return new EventTopics(registry.all().stream()
                .filter(ResourceType::stored)
                .map(ResourceType::storage)
                .collect(Collectors.toSet()));
    }

    /** The topic of a resource, named by where it is stored. */
    public String topic(GroupResource storage) {
        return builtIn.contains(storage) ? named(storage) : CUSTOM;
    }

    /** Every topic, sorted: those of the built-in resources and the custom one. */
    public Set<String> all() {
        Set<String> topics = new TreeSet<>();
        builtIn.forEach(resource -> topics.add(named(resource)));
        topics.add(CUSTOM);
        return topics;
    }

    /** The resource that a topic of {@link #all} tells of; for the custom topic none that exists. */
    public GroupResource resource(String topic) {
        return builtIn.stream()
                .filter(resource -> named(resource).equals(topic))
                .findFirst()
                .orElse(NO_RESOURCE);
    }

    private static String named(GroupResource storage) {
        return PREFIX + (storage.group().isEmpty() ? "core" : storage.group()) + "." + storage.resource();
    }
}
