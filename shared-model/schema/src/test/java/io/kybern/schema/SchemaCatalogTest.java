package io.kybern.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.GroupVersionKind;
import io.kybern.api.Json;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.ObjectNode;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class SchemaCatalogTest {

    private final SchemaCatalog catalog = SchemaCatalog.builtIn();

    @Test
    void hasEveryRegisteredKindAndItsList() {
        assertThat(ResourceRegistry.builtIn().all()).allSatisfy(type -> {
            assertThat(catalog.schema(type.gvk())).as(type.gvk().toString()).isPresent();
            if (type.stored()) {
                assertThat(catalog.schema(listKind(type))).as(type.listKind()).isPresent();
            }
        });
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        assertThat(catalog.definitionNames()).hasSizeGreaterThan(500).allSatisfy(name -> catalog.definition(name)
                .properties()
                .values()
                .forEach(field -> assertThat(field.goType()).isNotEmpty()));
    }

    @Test
    void knowsStructureTextAndMergeRules() {
        Schema spec = catalog.definition("io.k8s.api.core.v1.PodSpec");
        Schema containers = spec.properties().get("containers");
        Schema ports = containers.items().properties().get("ports");

        assertThat(spec.required()).containsExactly("containers");
        assertThat(containers.description()).startsWith("List of containers belonging to the pod.");
        assertThat(containers.listType()).isEqualTo("map");
        assertThat(containers.mapKeys()).containsExactly("name");
        assertThat(containers.patchMergeKey()).isEqualTo("name");
        assertThat(containers.goType()).isEqualTo("[]v1.Container");
        assertThat(ports.mapKeys()).containsExactly("containerPort", "protocol");
        assertThat(spec.properties().get("nodeSelector").atomic()).isTrue();
        assertThat(spec.properties().get("volumes").patchStrategies()).containsExactly("merge", "retainKeys");
        assertThat(spec.properties().get("terminationGracePeriodSeconds").format())
                .isEqualTo("int64");
    }

    @Test
    void followsTypesThatContainThemselves() {
        Schema schema = catalog.definition("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps");
        Schema nested =
                schema.properties().get("properties").items().properties().get("not");

        assertThat(nested.properties()).isSameAs(schema.properties());
    }

    @Test
    void setsDeclaredDefaultsOfWhatIsThereAndLeavesTheRest() {
        ObjectNode pod = (ObjectNode) Json.read("{\"spec\":{\"containers\":[{\"ports\":[{\"containerPort\":80},"
                + "{\"containerPort\":53,\"protocol\":\"UDP\"}],\"livenessProbe\":{\"grpc\":{\"port\":1}}}]}}");

        Defaulter.apply(
                pod, catalog.schema(new GroupVersionKind("", "v1", "Pod")).orElseThrow());

        assertThat(pod)
                .isEqualTo(
                        Json.read("{\"spec\":{\"containers\":[{\"ports\":[{\"containerPort\":80,\"protocol\":\"TCP\"},"
                                + "{\"containerPort\":53,\"protocol\":\"UDP\"}],"
                                + "\"livenessProbe\":{\"grpc\":{\"port\":1,\"service\":\"\"}}}]}}"));
    }

    private static GroupVersionKind listKind(ResourceType type) {
        return new GroupVersionKind(type.gvr().group(), type.gvr().version(), type.listKind());
    }
}
