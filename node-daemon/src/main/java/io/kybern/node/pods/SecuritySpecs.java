package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Sysctl;
import io.kybern.node.runtime.ContainerSpec;
import io.kybern.node.runtime.ImageDetails;
import io.kybern.node.runtime.RuntimeFailure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a container may do: its own security context over the pod's. See <a
 * href="https://kubernetes.io/docs/tasks/configure-pod-container/security-context/">security contexts</a>.
 */
final class SecuritySpecs {

    private SecuritySpecs() {}

    /** @param accounts the users and groups of the image, asked for where they matter */
    static ContainerSpec.Security of(
            Pod pod, Container container, ImageDetails image, HostProfiles profiles, Supplier<ImageAccounts> accounts)
            throws ContainerFailure {
        PodSecurityContext podContext = pod.getSpec().getSecurityContext();
        SecurityContext own = container.getSecurityContext();
        Long user =
                first(own == null ? null : own.getRunAsUser(), podContext == null ? null : podContext.getRunAsUser());
        Long group =
                first(own == null ? null : own.getRunAsGroup(), podContext == null ? null : podContext.getRunAsGroup());
        Boolean nonRoot = first(
                own == null ? null : own.getRunAsNonRoot(), podContext == null ? null : podContext.getRunAsNonRoot());
        if (Boolean.TRUE.equals(nonRoot)) {
            checkNonRoot(pod, container, user, image);
        }
        List<String> add = List.of();
        List<String> drop = List.of();
        if (own != null && own.getCapabilities() != null) {
            add = orEmpty(own.getCapabilities().getAdd());
            drop = orEmpty(own.getCapabilities().getDrop());
        }
        if (own != null && "Unmasked".equals(own.getProcMount())) {
            throw configError("procMount \"Unmasked\" is not supported on this node");
        }
        boolean privileged = own != null && Boolean.TRUE.equals(own.getPrivileged());
        List<String> groups = groups(podContext);
        String runAs;
        if (podContext != null && "Strict".equals(podContext.getSupplementalGroupsPolicy())) {
            runAs = strict(user, group, image, accounts);
        } else {
            runAs = user(user, group, image);
            if (group != null) {
                // with a group by its side the engine does not ask of which others the user is a member
                groups.addAll(memberships(user == null ? imageUser(image) : user.toString(), accounts));
            }
        }
        return new ContainerSpec.Security(
                runAs,
                groups.stream().distinct().toList(),
                add,
                drop,
                privileged,
                own != null && Boolean.TRUE.equals(own.getReadOnlyRootFilesystem()),
                own != null && Boolean.FALSE.equals(own.getAllowPrivilegeEscalation()) && !privileged,
                Confinement.seccomp(pod, container, profiles),
                Confinement.appArmor(pod, container, profiles),
                Map.of());
    }

    /** Kernel parameters are the namespaces', so the sandbox has them. */
    static Map<String, String> sysctls(Pod pod) {
        PodSecurityContext context = pod.getSpec().getSecurityContext();
        Map<String, String> out = new LinkedHashMap<>();
        if (context != null && context.getSysctls() != null) {
            for (Sysctl s : context.getSysctls()) {
                out.put(SysctlAdmission.normalized(s.getName()), s.getValue());
            }
        }
        return out;
    }

    private static @Nullable String user(@Nullable Long user, @Nullable Long group, ImageDetails image) {
        if (user == null && group == null) {
            return null;
        }
        String name = user == null ? imageUser(image) : user.toString();
        return group == null ? name : name + ":" + group;
    }

    private static List<String> memberships(String user, Supplier<ImageAccounts> accounts) {
        try {
            return accounts.get().memberships(user);
        } catch (RuntimeFailure untold) {
            // an engine that does not tell where an image's files are
            return List.of();
        }
    }

    /** With a group by its side, so that the groups which the image lists for the user do not count. */
    private static String strict(
            @Nullable Long user, @Nullable Long group, ImageDetails image, Supplier<ImageAccounts> accounts) {
        if (user == null && group == null && image.user().contains(":")) {
            return image.user();
        }
        String name = user == null ? imageUser(image) : user.toString();
        return name + ":" + (group == null ? accounts.get().primaryGroup(name) : group.toString());
    }

    private static String imageUser(ImageDetails image) {
        String user = image.user();
        int colon = user.indexOf(':');
        String name = colon < 0 ? user : user.substring(0, colon);
        return name.isEmpty() ? "0" : name;
    }

    private static List<String> groups(@Nullable PodSecurityContext context) {
        List<String> out = new ArrayList<>();
        if (context != null) {
            if (context.getFsGroup() != null) {
                out.add(context.getFsGroup().toString());
            }
            if (context.getSupplementalGroups() != null) {
                context.getSupplementalGroups().forEach(g -> out.add(g.toString()));
            }
        }
        return out;
    }

    private static void checkNonRoot(Pod pod, Container container, @Nullable Long user, ImageDetails image)
            throws ContainerFailure {
        String where = "(pod: \"" + pod.getMetadata().getName() + "_"
                + pod.getMetadata().getNamespace() + "(" + pod.getMetadata().getUid() + ")\", container: "
                + container.getName() + ")";
        if (user != null) {
            if (user == 0) {
                throw configError("container's runAsUser breaks non-root policy " + where);
            }
            return;
        }
        String name = imageUser(image);
        if (name.equals("0")) {
            throw configError("container has runAsNonRoot and image will run as root " + where);
        }
        if (!name.chars().allMatch(Character::isDigit)) {
            throw configError("container has runAsNonRoot and image has non-numeric user (" + name
                    + "), cannot verify user is non-root " + where);
        }
    }

    private static ContainerFailure configError(String message) {
        return ContainerFailure.of("CreateContainerConfigError", message);
    }

    private static <T> @Nullable T first(@Nullable T own, @Nullable T inherited) {
        return own == null ? inherited : own;
    }

    private static List<String> orEmpty(@Nullable List<String> list) {
        return list == null ? List.of() : list;
    }
}
