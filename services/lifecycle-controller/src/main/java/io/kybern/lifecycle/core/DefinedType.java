package io.kybern.lifecycle.core;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import io.kybern.api.GroupResource;
import io.kybern.api.GroupVersionResource;
import io.kybern.api.ResourceType;
import io.kybern.api.Verb;
import io.kybern.api.VersionOrder;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A CustomResourceDefinition, of which only that is kept which names its objects: schemas are large.
 */
@JsonDeserialize(using = JsonDeserializer.None.class)
@JsonIgnoreProperties(ignoreUnknown = true)
public final class DefinedType extends PartialObject {

    private @Nullable Spec spec;
    private @Nullable Status status;

    /** What is wanted. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Spec(String group, String scope, Names names, List<Version> versions) {}

    /** The names of the type. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Names(String plural, String kind) {}

    /** One version. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Version(String name, boolean served) {}

    /** What has become of it. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Status(@Nullable List<Condition> conditions) {}

    /** One condition. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    public record Condition(String type, String status) {}

    /** The type in its preferred version; empty while it is not served. */
    public Optional<ResourceType> served() {
        Spec wanted = spec;
        if (wanted == null || !isEstablished()) {
            return Optional.empty();
        }
        GroupResource storage = new GroupResource(wanted.group(), wanted.names().plural());
        return wanted.versions().stream()
                .filter(Version::served)
                .map(Version::name)
                .min(VersionOrder.PREFERRED_FIRST)
                .map(version -> new ResourceType(
                        new GroupVersionResource(storage.group(), version, storage.resource()),
                        wanted.names().kind(),
                        wanted.scope().equals("Namespaced"),
                        List.of(),
                        List.of(),
                        EnumSet.allOf(Verb.class),
                        Map.of(),
                        storage));
    }

    private boolean isEstablished() {
        Status present = status;
        List<Condition> conditions = present == null ? null : present.conditions();
        return conditions != null
                && conditions.stream()
                        .anyMatch(each -> each.type().equals("Established")
                                && each.status().equals("True"));
    }

    /** For the model library. */
    public @Nullable Spec getSpec() {
        return spec;
    }

    /** For the model library. */
    public void setSpec(Spec spec) {
        this.spec = spec;
    }

    /** For the model library. */
    public @Nullable Status getStatus() {
        return status;
    }

    /** For the model library. */
    public void setStatus(Status status) {
        this.status = status;
    }
}
