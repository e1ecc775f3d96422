package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** Several owners of one object: what server-side apply takes, refuses, gives back and remembers. */
class ServerSideApplyE2E extends ClusterTest {

    private static final String SETTINGS = """
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: settings, labels: { tier: a } }
            data: { color: red, size: big }
            """;

    private static final String OWNERS =
            "{{range .metadata.managedFields}}{{.manager}}/{{.operation}}/{{.subresource}} {{end}}";

    private Kubectl.Result serverSide(String manifest, String... more) {
        String[] command = new String[more.length + 4];
        command[0] = "apply";
        command[1] = "--server-side";
        command[2] = "-f";
        command[3] = "-";
        System.arraycopy(more, 0, command, 4, more.length);
        return kubectl.call(manifest, Map.of(), command);
    }

    private String owners(String object) {
        return kubectl.run("get", object, "--show-managed-fields", "-o", "go-template=" + OWNERS);
    }

    @Test
    void applyingAgainChangesNothing() {
        assertThat(serverSide(SETTINGS).ok()).isEqualTo("configmap/settings serverside-applied");
        String version = field("configmap/settings", ".metadata.resourceVersion");
        assertThat(serverSide(SETTINGS).ok()).isEqualTo("configmap/settings serverside-applied");
        assertThat(field("configmap/settings", ".metadata.resourceVersion")).isEqualTo(version);
        assertThat(owners("configmap/settings")).startsWith("kubectl/Apply/");
        assertThat(kubectl.run("get", "configmap", "settings", "-o", "yaml")).doesNotContain("managedFields");
        assertThat(kubectl.run("get", "configmap", "settings", "-o", "yaml", "--show-managed-fields"))
                .contains("fieldsType: FieldsV1", "f:color: {}");
    }

    @Test
    void othersConflictUnlessTheyForce() {
        String mine = SETTINGS.replace("settings", "shared");
        String theirs = """
                apiVersion: v1
                kind: ConfigMap
                metadata: { name: shared }
                data: { color: blue }
                """;
        serverSide(mine).ok();
        assertThat(serverSide(theirs, "--field-manager=painter").error())
                .contains("Apply failed with 1 conflict: conflict with \"kubectl\": .data.color");
        assertThat(field("configmap/shared", ".data.color")).isEqualTo("red");
        serverSide(theirs, "--field-manager=painter", "--force-conflicts").ok();
        assertThat(field("configmap/shared", ".data.color")).isEqualTo("blue");
        assertThat(serverSide(mine).error()).contains("conflict with \"painter\": .data.color");
        serverSide(mine.replace("color: red, ", "")).ok();
        assertThat(field("configmap/shared", ".data")).isEqualTo("{\"color\":\"blue\",\"size\":\"big\"}");
    }

    @Test
    void whatAnOwnerNoLongerSaysGoes() {
        String manifest = SETTINGS.replace("settings", "shrinking");
        serverSide(manifest).ok();
        kubectl.run("label", "configmap", "shrinking", "by=hand");
        serverSide(manifest.replace(", size: big", "").replace(", labels: { tier: a }", ""))
                .ok();
        assertThat(field("configmap/shrinking", ".data")).isEqualTo("{\"color\":\"red\"}");
        assertThat(field("configmap/shrinking", ".metadata.labels")).isEqualTo("{\"by\":\"hand\"}");
    }

    @Test
    void whatWasAppliedByTheClientTurnsOver() {
        String manifest = SETTINGS.replace("settings", "turning");
        kubectl.apply(manifest);
        assertThat(owners("configmap/turning")).contains("kubectl-client-side-apply/Update/");
        serverSide(manifest.replace("red", "green")).ok();
        assertThat(field("configmap/turning", ".data.color")).isEqualTo("green");
        serverSide(manifest.replace("red", "green").replace(", size: big", "")).ok();
        assertThat(field("configmap/turning", ".data")).isEqualTo("{\"color\":\"green\"}");
        assertThat(owners("configmap/turning")).contains("kubectl/Apply/").doesNotContain("kubectl-client-side-apply");
    }

    @Test
    void scaleAndStatusHaveOwnersOfTheirOwn() {
        String manifest = """
                apiVersion: apps/v1
                kind: Deployment
                metadata: { name: idle }
                spec:
                  replicas: 0
                  paused: true
                  selector: { matchLabels: { app: idle } }
                  template:
                    metadata: { labels: { app: idle } }
                    spec: { containers: [{ name: c, image: %s, ports: [{ containerPort: 80 }] }] }
                """.formatted(IMAGE);
        String sized = manifest.replace("replicas: 0", "replicas: 1");
        serverSide(sized, "--dry-run=server").ok();
        assertThat(kubectl.refused("get", "deployment", "idle")).contains("not found");
        serverSide(manifest).ok();
        kubectl.run("scale", "deployment/idle", "--replicas=1");
        assertThat(serverSide(manifest).error())
                .contains("conflict with \"kubectl\" with subresource \"scale\" using apps/v1: .spec.replicas");
        serverSide(manifest, "--force-conflicts").ok();
        assertThat(field("deployment/idle", ".spec.replicas")).isEqualTo("0");
        String status = """
                apiVersion: apps/v1
                kind: Deployment
                metadata: { name: idle }
                status:
                  conditions: [{ type: example.com/Seen, status: "True" }]
                """;
        // from the answer: the Deployment's controller may write the status the moment after
        assertThat(serverSide(
                                status,
                                "--subresource=status",
                                "--field-manager=seer",
                                "--show-managed-fields",
                                "-o",
                                "go-template={{range .status.conditions}}{{.type}} {{end}}" + OWNERS)
                        .ok())
                .contains("example.com/Seen ", "seer/Apply/status ");
    }

    @Test
    void whatNoSchemaDeclaresIsRefused() {
        assertThat(serverSide("""
                        apiVersion: apps/v1
                        kind: Deployment
                        metadata: { name: wrong }
                        spec: { unknownField: 1 }
                        """).error()).contains(".spec.unknownField: field not declared in schema");
    }

    @Test
    void customResourcesAreMergedByTheirSchema() {
        String group = kubectl.namespace() + ".apply.example.com";
        kubectl.apply("""
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata: { name: teams.GROUP }
                spec:
                  group: GROUP
                  scope: Namespaced
                  names: { plural: teams, kind: Team }
                  versions:
                  - name: v1
                    served: true
                    storage: true
                    schema:
                      openAPIV3Schema:
                        type: object
                        properties:
                          spec:
                            type: object
                            properties:
                              members:
                                type: array
                                x-kubernetes-list-type: map
                                x-kubernetes-list-map-keys: [name]
                                items:
                                  type: object
                                  required: [name]
                                  properties: { name: { type: string }, role: { type: string } }
                """.replace("GROUP", group));
        try {
            awaitType("teams." + group);
            String team = """
                    apiVersion: %s/v1
                    kind: Team
                    metadata: { name: one }
                    spec: { members: [{ name: ann, role: lead }] }
                    """.formatted(group);
            eventually("the new type to be applied")
                    .until(() -> serverSide(team).exitCode() == 0);
            serverSide(team.replace("ann, role: lead", "bob, role: cook"), "--field-manager=other")
                    .ok();
            assertThat(field("teams." + group + "/one", ".spec.members[*].name"))
                    .isEqualTo("ann bob");
            assertThat(serverSide(team.replace("lead", "cook"), "--field-manager=other")
                            .error())
                    .contains("conflict with \"kubectl\": .spec.members[name=\"ann\"].role");
        } finally {
            kubectl.run("delete", "crd", "teams." + group, "--ignore-not-found");
        }
    }
}
