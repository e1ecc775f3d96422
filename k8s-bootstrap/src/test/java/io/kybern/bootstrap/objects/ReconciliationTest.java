package io.kybern.bootstrap.objects;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.api.model.rbac.Subject;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class ReconciliationTest {

    private static final PolicyRule READ = rule("get");
    private static final PolicyRule WRITE = rule("update");

    @Test
    void leavesARoleThatHasEverything() {
        assertThat(Reconciliation.plan(role("5", READ), role("9", WRITE, READ))).isEmpty();
    }

    @Test
    void addsMissingRulesToWhatIsThere() {
        Optional<HasMetadata> update = Reconciliation.plan(role("", READ), role("9", WRITE));

        assertThat(update).hasValueSatisfying(object -> {
            assertThat(((ClusterRole) object).getRules()).containsExactly(WRITE, READ);
            assertThat(object.getMetadata().getResourceVersion()).isEqualTo("9");
        });
    }

    @Test
    void addsMissingSubjects() {
        Optional<HasMetadata> update = Reconciliation.plan(binding("a", "b"), binding("b", "c"));

        assertThat(update).hasValueSatisfying(object -> assertThat(((ClusterRoleBinding) object).getSubjects())
                .extracting(Subject::getName)
                .containsExactly("b", "c", "a"));
    }

    @Test
    void leavesAnObjectWhoseOwnerOptedOut() {
        ClusterRole present = new ClusterRoleBuilder(role("9", WRITE))
                .editMetadata()
                .addToAnnotations(Reconciliation.AUTOUPDATE, "false")
                .endMetadata()
                .build();

        assertThat(Reconciliation.plan(role("", READ), present)).isEmpty();
    }

    @Test
    void leavesOtherKinds() {
        HasMetadata wanted = new NamespaceBuilder()
                .withNewMetadata()
                .withName("default")
                .addToLabels("a", "b")
                .endMetadata()
                .build();
        HasMetadata present = new NamespaceBuilder()
                .withNewMetadata()
                .withName("default")
                .endMetadata()
                .build();

        assertThat(Reconciliation.plan(wanted, present)).isEmpty();
    }

    private static ClusterRole role(String resourceVersion, PolicyRule... rules) {
        return new ClusterRoleBuilder()
                .withNewMetadata()
                .withName("role")
                .withResourceVersion(resourceVersion)
                .endMetadata()
                .withRules(rules)
                .build();
    }

    private static ClusterRoleBinding binding(String... users) {
        ClusterRoleBindingBuilder builder = new ClusterRoleBindingBuilder()
                .withNewMetadata()
                .withName("binding")
                .endMetadata();
        for (String user : users) {
            builder.addNewSubject("rbac.authorization.k8s.io", "User", user, null);
        }
        return builder.build();
    }

    private static PolicyRule rule(String verb) {
        return new PolicyRuleBuilder()
                .withApiGroups("")
                .withResources("pods")
                .withVerbs(verb)
                .build();
    }
}
