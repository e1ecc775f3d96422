package io.kybern.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ResourceRegistryTest {

    private final ResourceRegistry registry = ResourceRegistry.builtIn();

    @Test
    void knowsDeploymentsWithTheirSubresources() {
        ResourceType deployments = registry.require("apps", "v1", "deployments");
        assertThat(deployments.gvk()).isEqualTo(new GroupVersionKind("apps", "v1", "Deployment"));
        assertThat(deployments.shortNames()).containsExactly("deploy");
        assertThat(deployments.categories()).containsExactly("all");
        assertThat(deployments.subresources()).containsOnlyKeys("status", "scale");
        assertThat(deployments.subresources().get("scale").kind())
                .isEqualTo(new GroupVersionKind("autoscaling", "v1", "Scale"));
    }

    @Test
    void prefersTheNewerVersion() {
        assertThat(registry.versions("autoscaling")).containsExactly("v2", "v1");
        assertThat(registry.groups()).startsWith("");
    }

    @Test
    void keepsBothKindsOfEventsInOneStore() {
        assertThat(registry.require("events.k8s.io", "v1", "events").storage())
                .isEqualTo(registry.require("", "v1", "events").storage());
    }

    @Test
    void everyKindLeadsBackToItsResource() {
        assertThat(registry.all())
                .allSatisfy(type -> assertThat(registry.byKind(type.gvk()).map(ResourceType::gvr))
                        .as(type.gvr().toString())
                        .isPresent());
    }

    @Test
    void reviewsAreNotStored() {
        assertThat(registry.require("authorization.k8s.io", "v1", "subjectaccessreviews")
                        .stored())
                .isFalse();
    }
}
