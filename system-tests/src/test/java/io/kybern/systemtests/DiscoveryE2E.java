package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.systemtests.ClusterApi.Answer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** How clients find out what the server has, and in which forms it answers. */
class DiscoveryE2E extends ApiTest {

    private static final String AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    private static final String OF_KUBECTL = AGGREGATED + "," + AGGREGATED.replace("v=v2", "v=v2beta1");
    private static final String TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";

    private static final List<String> ONE_OF_EACH_GROUP = List.of(
            "admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
            "apiextensions.k8s.io/v1/customresourcedefinitions",
            "apiregistration.k8s.io/v1/apiservices",
            "apps/v1/deployments",
            "authentication.k8s.io/v1/tokenreviews",
            "authorization.k8s.io/v1/selfsubjectaccessreviews",
            "autoscaling/v1/horizontalpodautoscalers",
            "autoscaling/v2/horizontalpodautoscalers",
            "batch/v1/jobs",
            "certificates.k8s.io/v1/certificatesigningrequests",
            "coordination.k8s.io/v1/leases",
            "discovery.k8s.io/v1/endpointslices",
            "events.k8s.io/v1/events",
            "flowcontrol.apiserver.k8s.io/v1/flowschemas",
            "networking.k8s.io/v1/ingresses",
            "node.k8s.io/v1/runtimeclasses",
            "policy/v1/poddisruptionbudgets",
            "rbac.authorization.k8s.io/v1/clusterroles",
            "resource.k8s.io/v1/resourceclaims",
            "scheduling.k8s.io/v1/priorityclasses",
            "storage.k8s.io/v1/csinodes");

    @AfterAll
    void removeWhatIsNotInTheNamespace() {
        api.delete("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/testcrds." + group());
    }

    private String group() {
        return kubectl.namespace() + ".example.org";
    }

    @Test
    void everyGroupListsItsVersionsAndPrefersOneOfThem() {
        for (JsonNode listed : api.get("/apis").ok().body().path("groups")) {
            String name = listed.path("name").asString();
            if (name.endsWith(".example.com")) {
                // groups that other tests make and remove meanwhile
                continue;
            }
            JsonNode group = api.get("/apis/" + name).ok().body();
            List<String> versions = group.path("versions").findValuesAsString("version");
            assertThat(versions)
                    .isNotEmpty()
                    .contains(group.at("/preferredVersion/version").asString());
            for (JsonNode version : group.path("versions")) {
                assertThat(version.path("groupVersion").asString())
                        .isEqualTo(name + "/" + version.path("version").asString());
            }
        }
    }

    @Test
    void theVersionIsTwoNumbers() {
        Answer version = api.get("/version").ok();
        assertThat(version.at("/major")).matches("[0-9]+");
        assertThat(version.at("/minor")).matches("[0-9]+");
        assertThat(version.at("/gitVersion")).startsWith("v" + version.at("/major") + "." + version.at("/minor") + ".");
    }

    @Test
    void everyGroupHasItsResources() {
        for (String each : ONE_OF_EACH_GROUP) {
            int end = each.lastIndexOf('/');
            Answer resources = api.get("/apis/" + each.substring(0, end)).ok();
            assertThat(resources.body().path("resources").findValuesAsString("name"))
                    .contains(each.substring(end + 1));
        }
        assertThat(api.get("/api/v1").ok().body().path("resources").findValuesAsString("name"))
                .contains("namespaces", "pods", "pods/log", "services/proxy");
    }

    private static List<String> found(Answer aggregated) {
        List<String> found = new ArrayList<>();
        for (JsonNode group : aggregated.ok().body().path("items")) {
            for (JsonNode version : group.path("versions")) {
                for (JsonNode resource : version.path("resources")) {
                    found.add(group.at("/metadata/name").asString("") + "/"
                            + version.path("version").asString() + "/"
                            + resource.path("resource").asString());
                }
            }
        }
        return found;
    }

    @Test
    void allIsFoundInTwoRequests() {
        for (String accept : List.of(AGGREGATED, OF_KUBECTL + ",application/json")) {
            Answer groups = api.get("/apis", accept);
            assertThat(groups.headers().firstValue("Content-Type")).hasValue(AGGREGATED);
            assertThat(found(groups)).containsAll(ONE_OF_EACH_GROUP);
            assertThat(found(api.get("/api", accept))).contains("/v1/namespaces");
        }
    }

    @Test
    void aCustomResourceIsFoundToo() {
        api.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", """
                        metadata: { name: testcrds.%1$s }
                        spec:
                          group: %1$s
                          scope: Namespaced
                          names: { plural: testcrds, singular: testcrd, kind: testcrd, listKind: testcrdList }
                          versions:
                          - name: v1
                            served: true
                            storage: true
                            schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
                        """.formatted(group()))
                .ok();
        eventually("the type is found").untilAsserted(() -> assertThat(found(api.get("/apis", AGGREGATED)))
                .contains(group() + "/v1/testcrds"));
        assertThat(api.get("/apis/" + group()).at("/preferredVersion/groupVersion"))
                .isEqualTo(group() + "/v1");
    }

    @Test
    void tablesAreMadeOfWhatIsKept() {
        String pods = "/api/v1/namespaces/" + kubectl.namespace() + "/pods";
        JsonNode table = api.get("/api/v1/nodes?limit=1", TABLE).ok().body();
        assertThat(table.path("kind").asString()).isEqualTo("Table");
        assertThat(table.path("apiVersion").asString()).isEqualTo("meta.k8s.io/v1");
        assertThat(table.path("rows")).hasSize(1);
        assertThat(table.at("/rows/0/cells")).hasSameSizeAs(table.path("columnDefinitions"));
        assertThat(table.at("/columnDefinitions/0/name").asString()).isEqualTo("Name");
        assertThat(table.at("/rows/0/object/kind").asString()).isEqualTo("PartialObjectMetadata");
        assertThat(table.at("/metadata/continue").asString()).isNotEmpty();
        assertThat(api.get(pods, TABLE).ok().at("/kind")).isEqualTo("Table");
    }

    @Test
    void whatIsNotKeptHasNoTable() {
        String review =
                "{\"spec\":{\"resourceAttributes\":{\"namespace\":\"default\",\"verb\":\"get\",\"resource\":\"pods\"}}}";
        Answer refused = api.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review, TABLE);
        assertThat(refused.code()).isEqualTo(406);
        assertThat(refused.at("/reason")).isEqualTo("NotAcceptable");
        assertThat(refused.at("/message")).startsWith("only the following media types are accepted: application/json");
    }
}
