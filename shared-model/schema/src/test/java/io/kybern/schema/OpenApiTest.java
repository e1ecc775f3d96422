package io.kybern.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.api.Verb;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

@Timeout(value = 1, unit = TimeUnit.MINUTES)
class OpenApiTest {

    private static final ResourceRegistry REGISTRY = ResourceRegistry.builtIn();
    private static final OpenApi OPEN_API = new OpenApi(SchemaCatalog.builtIn(), REGISTRY);

    @Test
    void indexLeadsToADocumentOfEachGroupVersion() {
        JsonNode paths = Json.read(OPEN_API.v3Index()).path("paths");

        assertThat(paths.propertyNames()).contains("api/v1", "apis/apps/v1", "apis/autoscaling/v2");
        assertThat(paths.path("apis/apps/v1").path("serverRelativeURL").asString())
                .matches("/openapi/v3/apis/apps/v1\\?hash=[0-9A-F]{64}");
        assertThat(OPEN_API.v3("apis/none/v1")).isEmpty();
    }

    @Test
    void documentsAreCompleteInThemselves() {
        OPEN_API.hashes().keySet().forEach(path -> {
            JsonNode document = Json.read(OPEN_API.v3(path).orElseThrow());
            Set<String> referred = new TreeSet<>();
            references(document, referred);
            assertThat(referred).allMatch(ref -> ref.startsWith("#/components/schemas/"));
            assertThat(document.path("components").path("schemas").propertyNames())
                    .as(path)
                    .containsExactlyInAnyOrderElementsOf(
                            referred.stream().map(ref -> ref.substring(21)).toList());
        });
        JsonNode v2 = Json.read(OPEN_API.v2());
        Set<String> referred = new TreeSet<>();
        references(v2, referred);
        assertThat(v2.path("definitions").propertyNames())
                .containsAll(referred.stream().map(ref -> ref.substring(14)).toList());
    }

    @Test
    void everyVerbOfEveryResourceIsAnOperation() {
        JsonNode v2 = Json.read(OPEN_API.v2());
        assertThat(REGISTRY.all()).allSatisfy(type -> {
            JsonNode collection = v2.path("paths").path(path(type));
            JsonNode item = v2.path("paths").path(path(type) + "/{name}");
            assertThat(collection.has("get")).isEqualTo(type.verbs().contains(Verb.LIST));
            assertThat(collection.has("post")).isEqualTo(type.verbs().contains(Verb.CREATE));
            assertThat(item.has("patch")).isEqualTo(type.verbs().contains(Verb.PATCH));
            assertThat(item.has("put")).isEqualTo(type.verbs().contains(Verb.UPDATE));
            assertThat(item.has("delete")).isEqualTo(type.verbs().contains(Verb.DELETE));
        });
    }

    @Test
    void operationIdsAreUnique() {
        JsonNode v2 = Json.read(OPEN_API.v2());
        Set<String> seen = new HashSet<>();
        v2.path("paths")
                .forEach(item -> item.forEach(operation -> {
                    if (operation.isObject()) {
                        assertThat(seen.add(operation.path("operationId").asString()))
                                .as(operation.path("operationId").asString())
                                .isTrue();
                    }
                }));
        assertThat(seen)
                .contains(
                        "listAppsV1NamespacedDeployment",
                        "deleteAppsV1CollectionNamespacedDeployment",
                        "readRbacAuthorizationV1ClusterRole",
                        "replaceCoreV1NamespacedPodEphemeralcontainers",
                        "connectCoreV1PostNamespacedPodExec",
                        "listCoreV1PodForAllNamespaces");
    }

    @Test
    void patchesTellTheirKindAndTheirParameters() {
        JsonNode patch = Json.read(OPEN_API.v3("apis/apps/v1").orElseThrow())
                .path("paths")
                .path("/apis/apps/v1/namespaces/{namespace}/deployments/{name}")
                .path("patch");

        assertThat(patch.path("x-kubernetes-action").asString()).isEqualTo("patch");
        assertThat(Json.string(patch.path("x-kubernetes-group-version-kind")))
                .isEqualTo("{\"group\":\"apps\",\"kind\":\"Deployment\",\"version\":\"v1\"}");
        assertThat(patch.path("parameters").findValuesAsString("name"))
                .containsExactly("dryRun", "fieldManager", "fieldValidation", "force");
        assertThat(patch.path("requestBody").path("content").propertyNames())
                .contains("application/apply-patch+yaml", "application/strategic-merge-patch+json");
    }

    @Test
    void schemasCarryTextsDefaultsAndMergeRules() {
        JsonNode schemas = Json.read(OPEN_API.v3("api/v1").orElseThrow())
                .path("components")
                .path("schemas");
        JsonNode template = schemas.path("io.k8s.api.core.v1.PodTemplateSpec")
                .path("properties")
                .path("spec");
        JsonNode ports =
                schemas.path("io.k8s.api.core.v1.Container").path("properties").path("ports");

        assertThat(template.at("/allOf/0/$ref").asString())
                .isEqualTo("#/components/schemas/io.k8s.api.core.v1.PodSpec");
        assertThat(template.path("description").asString()).isNotEmpty();
        assertThat(ports.path("x-kubernetes-list-map-keys")).hasSize(2);
        assertThat(schemas.path("io.k8s.api.core.v1.ServicePort")
                        .at("/properties/protocol/default")
                        .asString())
                .isEqualTo("TCP");
        assertThat(Json.string(schemas.path("io.k8s.apimachinery.pkg.util.intstr.IntOrString")
                        .path("oneOf")))
                .isEqualTo("[{\"type\":\"integer\"},{\"type\":\"string\"}]");
    }

    @Test
    void schemasNameTheValuesOfClosedSets() {
        JsonNode schemas = Json.read(OPEN_API.v3("api/v1").orElseThrow())
                .path("components")
                .path("schemas");
        JsonNode policy = schemas.path("io.k8s.api.core.v1.Container").at("/properties/imagePullPolicy");

        assertThat(Json.string(policy.path("enum"))).isEqualTo("[\"Always\",\"IfNotPresent\",\"Never\"]");
        assertThat(policy.path("description").asString())
                .contains("\n\nPossible enum values:\n - `\"Always\"` means that");
        assertThat(Json.string(schemas.path("io.k8s.api.core.v1.PersistentVolumeClaimSpec")
                        .at("/properties/accessModes/items/enum")))
                .contains("ReadWriteOncePod");
    }

    private static String path(ResourceType type) {
        return type.gvr().prefix()
                + (type.namespaced() ? "/namespaces/{namespace}/" : "/")
                + type.gvr().resource();
    }

    private static void references(JsonNode node, Set<String> found) {
        if (node.path("$ref").isString()) {
            found.add(node.path("$ref").asString());
        }
        node.forEach(child -> references(child, found));
    }
}
