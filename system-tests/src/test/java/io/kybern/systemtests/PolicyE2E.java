package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Expressions that decide about writes: admission policies and rules of custom resources. */
class PolicyE2E extends ClusterTest {

    /** Policies are cluster-wide; each test binds its own to its own namespace. */
    private final String name = kubectl.namespace() + ".policy.example.com";

    private final String rules = """
          matchConstraints:
            resourceRules:
            - { apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments] }
        """;

    private final String match = """
          matchResources:
            namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: NAMESPACE } }
        """;

    @AfterEach
    void removePolicies() {
        for (String kind : new String[] {"validating", "mutating"}) {
            kubectl.run("delete", kind + "admissionpolicybinding", name, "--ignore-not-found");
            kubectl.run("delete", kind + "admissionpolicy", name, "--ignore-not-found");
        }
        kubectl.run("delete", "crd", "gears." + name, "--ignore-not-found");
    }

    private void bind(String kind, String policy, String binding) {
        String manifest = """
            apiVersion: admissionregistration.k8s.io/v1
            kind: KINDAdmissionPolicy
            metadata: { name: NAME }
            spec:
            RULESPOLICY
            ---
            apiVersion: admissionregistration.k8s.io/v1
            kind: KINDAdmissionPolicyBinding
            metadata: { name: NAME }
            spec:
              policyName: NAME
            MATCHBINDING
            """;
        kubectl.apply(manifest.replace("RULES", rules)
                .replace("POLICY\n---", policy + "\n---")
                .replace("MATCH", match)
                .replace("BINDING\n", binding + "\n")
                .replace("KIND", kind)
                .replace("NAMESPACE", kubectl.namespace())
                .replace("NAME", name));
    }

    private Kubectl.Result deploy(String deployment, int replicas) {
        return kubectl.call(
                "",
                Map.of(),
                "create",
                "deployment",
                deployment,
                "--image=none",
                "--replicas=" + replicas,
                "--dry-run=server",
                "-o",
                "yaml");
    }

    @Test
    void aPolicyRefusesAndAnotherWarns() {
        bind("Validating", """
              variables:
              - { name: replicas, expression: object.spec.replicas }
              validations:
              - expression: variables.replicas <= 5
                messageExpression: "'at most 5 replicas, not ' + string(variables.replicas)"
            """, "  validationActions: [Deny]");

        eventually("the policy to take effect").untilAsserted(() -> assertThat(
                        deploy("big", 6).error())
                .contains("ValidatingAdmissionPolicy '%s' with binding '%s' denied request: at most 5 replicas, not 6"
                        .formatted(name, name)));
        assertThat(deploy("small", 5).exitCode()).isZero();

        kubectl.run(
                "patch",
                "validatingadmissionpolicybinding",
                name,
                "--type=merge",
                "-p",
                "{\"spec\":{\"validationActions\":[\"Warn\"]}}");
        eventually("the refusal to become a warning")
                .until(() -> deploy("big", 6).exitCode() == 0);
        assertThat(deploy("big", 6).error())
                .contains("Warning: Validation failed for ValidatingAdmissionPolicy '%s'".formatted(name));
    }

    @Test
    void aPolicyChangesObjects() {
        bind("Mutating", """
              reinvocationPolicy: Never
              failurePolicy: Fail
              mutations:
              - patchType: ApplyConfiguration
                applyConfiguration:
                  expression: "Object{metadata: Object.metadata{labels: Object.metadata.labels{size: string(object.spec.replicas)}}}"
            """, "");

        eventually("the policy to take effect")
                .until(() -> deploy("any", 2).output().contains("size: \"2\""));
    }

    @Test
    void aPolicyThatDoesNotCompileIsRefused() {
        Kubectl.Result result =
                kubectl.call("""
                    apiVersion: admissionregistration.k8s.io/v1
                    kind: ValidatingAdmissionPolicy
                    metadata: { name: NAME }
                    spec:
                    RULES  validations:
                      - expression: object.spec.replicas +
                    """.replace("RULES", rules).replace("NAME", name), Map.of(), "apply", "-f", "-");

        assertThat(result.exitCode()).isNotZero();
        assertThat(result.error()).contains("compilation failed: ERROR: <input>:1:23: Syntax error:");
    }

    @Test
    void rulesOfACustomResourceHold() {
        kubectl.apply("""
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: { name: gears.GROUP }
            spec:
              group: GROUP
              scope: Namespaced
              names: { plural: gears, kind: Gear }
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
                        x-kubernetes-validations:
                        - { rule: "self.teeth >= self.least", message: too few teeth }
                        properties:
                          teeth: { type: integer }
                          least: { type: integer }
                          metal: { type: string, x-kubernetes-validations: [{ rule: self == oldSelf, message: is fixed }] }
            """.replace("GROUP", name));
        awaitType("gears." + name);

        assertThat(gear(1, "iron").error()).contains("spec: Invalid value: too few teeth");
        assertThat(gear(5, "iron").exitCode()).isZero();
        assertThat(gear(5, "gold").error()).contains("spec.metal: Invalid value: \"gold\": is fixed");
        assertThat(gear(6, "iron").exitCode()).isZero();
    }

    private Kubectl.Result gear(int teeth, String metal) {
        return kubectl.call("""
            apiVersion: %s/v1
            kind: Gear
            metadata: { name: one }
            spec: { teeth: %d, least: 3, metal: %s }
            """.formatted(name, teeth, metal), Map.of(), "apply", "-f", "-");
    }
}
