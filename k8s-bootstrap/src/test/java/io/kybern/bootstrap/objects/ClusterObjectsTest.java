package io.kybern.bootstrap.objects;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.rbac.RoleRef;
import io.fabric8.kubernetes.api.model.scheduling.v1.PriorityClass;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class ClusterObjectsTest {

    private final List<HasMetadata> objects = ClusterObjects.bundled().items();

    @Test
    void holdsTheDefaultsOfKubernetesAndTheRightsOfItsOwnProcesses() {
        assertThat(names("Namespace")).containsExactly("default", "kube-system", "kube-public", "kube-node-lease");
        assertThat(names("ClusterRole"))
                .contains("cluster-admin", "admin", "system:node", "system:kube-scheduler", "kybern:informers");
        assertThat(names("PriorityClass")).containsExactly("system-cluster-critical", "system-node-critical");
        assertThat(objects.stream().filter(PriorityClass.class::isInstance).map(PriorityClass.class::cast))
                .extracting(PriorityClass::getValue)
                .containsExactly(2000000000, 2000001000);
        Service dns = objects.stream()
                .filter(Service.class::isInstance)
                .map(Service.class::cast)
                .findFirst()
                .orElseThrow();
        assertThat(dns.getSpec().getClusterIP()).isEqualTo("10.96.0.10");
    }

    @Test
    void namesNothingTwice() {
        assertThat(objects.stream().map(ClusterObjectsTest::key)).doesNotHaveDuplicates();
    }

    @Test
    void bindsOnlyRolesThatExist() {
        Set<String> present = objects.stream().map(ClusterObjectsTest::key).collect(Collectors.toSet());

        assertThat(objects).allSatisfy(object -> {
            if (object instanceof ClusterRoleBinding binding) {
                assertThat(present).contains(target(binding.getRoleRef(), ""));
            } else if (object instanceof RoleBinding binding) {
                assertThat(present)
                        .contains(target(
                                binding.getRoleRef(), binding.getMetadata().getNamespace()));
            }
        });
    }

    @Test
    void createsNamespacesBeforeWhatLivesInThem() {
        int lastNamespace = names().lastIndexOf("Namespace//kube-node-lease");

        assertThat(objects.subList(0, lastNamespace))
                .allSatisfy(object ->
                        assertThat(object.getMetadata().getNamespace()).isNull());
    }

    @Test
    void givesAggregatedRolesTheRulesOfTheRolesThatTheySelect() {
        ClusterRole view = role("view");
        ClusterRole edit = role("edit");
        ClusterRole admin = role("admin");

        assertThat(view.getRules())
                .containsAll(role("system:aggregate-to-view").getRules())
                .containsAll(role("system:aggregated-metrics-reader").getRules());
        assertThat(edit.getRules()).containsAll(view.getRules());
        assertThat(admin.getRules()).containsAll(edit.getRules());
        assertThat(view.getRules().stream().map(PolicyRule::getVerbs)).noneMatch(verbs -> verbs.contains("create"));
    }

    @Test
    void letsNoComponentReadSecretsThroughItsInformers() {
        assertThat(role("kybern:informers").getRules())
                .noneMatch(rule -> rule.getApiGroups().contains("")
                        && (rule.getResources().contains("secrets")
                                || rule.getResources().contains("*")));
    }

    private ClusterRole role(String name) {
        return objects.stream()
                .filter(ClusterRole.class::isInstance)
                .map(ClusterRole.class::cast)
                .filter(role -> role.getMetadata().getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private List<String> names(String kind) {
        return objects.stream()
                .filter(object -> object.getKind().equals(kind))
                .map(object -> object.getMetadata().getName())
                .toList();
    }

    private List<String> names() {
        return objects.stream().map(ClusterObjectsTest::key).toList();
    }

    private static String target(RoleRef reference, String namespace) {
        String scope = reference.getKind().equals(new Role().getKind()) ? namespace : "";
        return reference.getKind() + "/" + scope + "/" + reference.getName();
    }

    private static String key(HasMetadata object) {
        String namespace = object.getMetadata().getNamespace();
        return object.getKind() + "/" + (namespace == null ? "" : namespace) + "/"
                + object.getMetadata().getName();
    }
}
