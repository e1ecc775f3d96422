package io.kybern.apiserver.admission.podsecurity;

import static io.kybern.apiserver.admission.podsecurity.ReviewedPod.plural;
import static io.kybern.apiserver.admission.podsecurity.ReviewedPod.quoted;
import static io.kybern.apiserver.admission.podsecurity.ReviewedPod.setters;
import static io.kybern.apiserver.admission.podsecurity.ReviewedPod.several;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** The controls of the standard Baseline; see "Pod Security Standards" in the Kubernetes documentation. */
final class BaselineChecks {

    private static final Set<String> CAPABILITIES = Set.of(
            "AUDIT_WRITE",
            "CHOWN",
            "DAC_OVERRIDE",
            "FOWNER",
            "FSETID",
            "KILL",
            "MKNOD",
            "NET_BIND_SERVICE",
            "SETFCAP",
            "SETGID",
            "SETPCAP",
            "SETUID",
            "SYS_CHROOT");
    /** Sysctls that reach no further than the pod, with the version that allowed them. */
    private static final Map<String, Integer> SYSCTLS = Map.ofEntries(
            Map.entry("kernel.shm_rmid_forced", 0),
            Map.entry("net.ipv4.ip_local_port_range", 0),
            Map.entry("net.ipv4.tcp_syncookies", 0),
            Map.entry("net.ipv4.ping_group_range", 0),
            Map.entry("net.ipv4.ip_unprivileged_port_start", 0),
            Map.entry("net.ipv4.ip_local_reserved_ports", 27),
            Map.entry("net.ipv4.tcp_keepalive_time", 29),
            Map.entry("net.ipv4.tcp_fin_timeout", 29),
            Map.entry("net.ipv4.tcp_keepalive_intvl", 29),
            Map.entry("net.ipv4.tcp_keepalive_probes", 29),
            Map.entry("net.ipv4.tcp_rmem", 32),
            Map.entry("net.ipv4.tcp_wmem", 32));

    private static final Map<String, Integer> SELINUX_TYPES =
            Map.of("", 0, "container_t", 0, "container_init_t", 0, "container_kvm_t", 0, "container_engine_t", 31);
    private static final String APPARMOR_ANNOTATION = "container.apparmor.security.beta.kubernetes.io/";
    private static final String SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod";
    private static final String SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/";
    private static final int SECCOMP_FIELDS = 19;
    private static final int HOST_PROBES = 34;
    private static final int OWN_USERS = 35;

    private BaselineChecks() {}

    static Optional<Violation> appArmor(ReviewedPod pod, int minor) {
        List<String> values = new ArrayList<>(pod.found(BaselineChecks::badAppArmor));
        List<String> annotations = pod.annotations().entrySet().stream()
                .filter(each -> each.getKey().startsWith(APPARMOR_ANNOTATION) && !mayAnnotate(each.getValue()))
                .map(each -> "%s=\"%s\"".formatted(each.getKey(), each.getValue()))
                .sorted()
                .toList();
        values.addAll(annotations);
        List<String> who = new ArrayList<>();
        String setters = setters(!badAppArmor(pod.security()).isEmpty(), pod.securing(context -> !badAppArmor(context)
                .isEmpty()));
        Stream.of(setters, annotations.isEmpty() ? "" : plural("annotation", annotations.size()))
                .filter(each -> !each.isEmpty())
                .forEach(who::add);
        return Check.of(
                plural("forbidden AppArmor profile", values.size()),
                String.join(" and ", who),
                "must not set AppArmor profile type to " + quoted(values));
    }

    private static List<String> badAppArmor(JsonNode context) {
        JsonNode profile = context.path("appArmorProfile");
        String type = profile.path("type").asString("");
        boolean bad = profile.isObject() && !type.equals("RuntimeDefault") && !type.equals("Localhost");
        return bad ? List.of(type) : List.of();
    }

    private static boolean mayAnnotate(String profile) {
        return profile.isEmpty() || profile.equals("runtime/default") || profile.startsWith("localhost/");
    }

    static Optional<Violation> capabilities(ReviewedPod pod, int minor) {
        return Check.of(
                "non-default capabilities",
                setters(false, pod.securing(context -> !added(context, CAPABILITIES)
                        .isEmpty())),
                "must not include %s in securityContext.capabilities.add"
                        .formatted(quoted(pod.found(context -> added(context, CAPABILITIES)))));
    }

    /** The added capabilities that are not among the allowed ones. */
    static List<String> added(JsonNode context, Set<String> allowed) {
        List<String> added = new ArrayList<>();
        for (JsonNode each : context.path("capabilities").path("add")) {
            if (!allowed.contains(each.asString(""))) {
                added.add(each.asString(""));
            }
        }
        return added;
    }

    static Optional<Violation> hostNamespaces(ReviewedPod pod, int minor) {
        List<String> shared = Stream.of("hostNetwork", "hostPID", "hostIPC")
                .filter(each -> pod.spec().path(each).asBoolean(false))
                .map(each -> each + "=true")
                .toList();
        return shared.isEmpty()
                ? Optional.empty()
                : Optional.of(new Violation("host namespaces", String.join(", ", shared)));
    }

    static Optional<Violation> hostPaths(ReviewedPod pod, int minor) {
        List<String> volumes = new ArrayList<>();
        for (JsonNode volume : pod.spec().path("volumes")) {
            if (volume.has("hostPath")) {
                volumes.add(ReviewedPod.name(volume));
            }
        }
        return volumes.isEmpty()
                ? Optional.empty()
                : Optional.of(new Violation("hostPath volumes", several("volume", volumes)));
    }

    static Optional<Violation> hostPorts(ReviewedPod pod, int minor) {
        TreeSet<String> ports = new TreeSet<>();
        pod.containers().forEach(container -> ports.addAll(hostPorts(container)));
        List<String> users = pod.containers(container -> !hostPorts(container).isEmpty());
        return Check.of(
                "hostPort",
                setters(false, users),
                "%s %s %s"
                        .formatted(
                                users.size() == 1 ? "uses" : "use",
                                plural("hostPort", ports.size()),
                                String.join(", ", ports)));
    }

    private static List<String> hostPorts(JsonNode container) {
        List<String> ports = new ArrayList<>();
        for (JsonNode port : container.path("ports")) {
            if (port.path("hostPort").asInt(0) != 0) {
                ports.add(port.path("hostPort").asString());
            }
        }
        return ports;
    }

    static Optional<Violation> hostProbes(ReviewedPod pod, int minor) {
        if (minor < HOST_PROBES) {
            return Optional.empty();
        }
        TreeSet<String> hosts = new TreeSet<>();
        pod.containers().forEach(container -> hosts.addAll(hosts(container)));
        TreeSet<String> users =
                new TreeSet<>(pod.containers(container -> !hosts(container).isEmpty()));
        return Check.of(
                "probe or lifecycle host",
                setters(false, List.copyOf(users)),
                "%s %s %s"
                        .formatted(
                                users.size() == 1 ? "uses" : "use",
                                plural("probe or lifecycle host", hosts.size()),
                                quoted(hosts)));
    }

    private static List<String> hosts(JsonNode container) {
        List<String> hosts = new ArrayList<>();
        JsonNode lifecycle = container.path("lifecycle");
        for (JsonNode handler : List.of(
                container.path("livenessProbe"),
                container.path("readinessProbe"),
                container.path("startupProbe"),
                lifecycle.path("postStart"),
                lifecycle.path("preStop"))) {
            for (String kind : List.of("httpGet", "tcpSocket")) {
                String host = handler.path(kind).path("host").asString("");
                if (!host.isEmpty()) {
                    hosts.add(host);
                }
            }
        }
        return hosts;
    }

    static Optional<Violation> privileged(ReviewedPod pod, int minor) {
        return Check.of(
                "privileged",
                setters(false, pod.securing(context -> context.path("privileged")
                        .asBoolean(false))),
                "must not set securityContext.privileged=true");
    }

    static Optional<Violation> procMount(ReviewedPod pod, int minor) {
        return minor >= OWN_USERS && pod.hasOwnUsers() ? Optional.empty() : anyProcMount(pod, minor);
    }

    static Optional<Violation> anyProcMount(ReviewedPod pod, int minor) {
        return Check.of(
                "procMount",
                setters(false, pod.securing(context -> !badProcMount(context).isEmpty())),
                "must not set securityContext.procMount to " + quoted(pod.found(BaselineChecks::badProcMount)));
    }

    private static List<String> badProcMount(JsonNode context) {
        String mount = context.path("procMount").asString("Default");
        return mount.equals("Default") ? List.of() : List.of(mount);
    }

    static Optional<Violation> seLinux(ReviewedPod pod, int minor) {
        Collection<String> types = pod.found(context -> badSeLinuxType(context, minor));
        List<String> data = new ArrayList<>();
        if (!types.isEmpty()) {
            data.add(several("type", types));
        }
        for (String who : List.of("user", "role")) {
            if (!pod.found(context -> seLinux(context, who)).isEmpty()) {
                data.add(who + " may not be set");
            }
        }
        return Check.of(
                "seLinuxOptions",
                setters(isBadSeLinux(pod.security(), minor), pod.securing(context -> isBadSeLinux(context, minor))),
                "set forbidden securityContext.seLinuxOptions: " + String.join("; ", data));
    }

    private static boolean isBadSeLinux(JsonNode context, int minor) {
        return !badSeLinuxType(context, minor).isEmpty()
                || !seLinux(context, "user").isEmpty()
                || !seLinux(context, "role").isEmpty();
    }

    private static List<String> badSeLinuxType(JsonNode context, int minor) {
        String type = context.path("seLinuxOptions").path("type").asString("");
        return SELINUX_TYPES.getOrDefault(type, Integer.MAX_VALUE) <= minor ? List.of() : List.of(type);
    }

    private static List<String> seLinux(JsonNode context, String field) {
        String value = context.path("seLinuxOptions").path(field).asString("");
        return value.isEmpty() ? List.of() : List.of(value);
    }

    static Optional<Violation> seccomp(ReviewedPod pod, int minor) {
        return minor < SECCOMP_FIELDS ? seccompAnnotations(pod) : badSeccomp(pod);
    }

    private static Optional<Violation> seccompAnnotations(ReviewedPod pod) {
        TreeSet<String> names = new TreeSet<>(pod.containers(container -> true));
        TreeSet<String> bad = new TreeSet<>();
        pod.annotations().forEach((key, value) -> {
            boolean concerns = key.equals(SECCOMP_POD)
                    || key.startsWith(SECCOMP_CONTAINER) && names.contains(key.substring(SECCOMP_CONTAINER.length()));
            boolean valid =
                    value.equals("runtime/default") || value.equals("docker/default") || value.startsWith("localhost/");
            if (concerns && !valid) {
                bad.add("%s=\"%s\"".formatted(key, value));
            }
        });
        return bad.isEmpty()
                ? Optional.empty()
                : Optional.of(new Violation(
                        "seccompProfile",
                        "forbidden %s %s".formatted(plural("annotation", bad.size()), String.join(", ", bad))));
    }

    /** Those who say something that is not allowed. */
    static Optional<Violation> badSeccomp(ReviewedPod pod) {
        return Check.of(
                "seccompProfile",
                setters(!badSeccomp(pod.security()).isEmpty(), pod.securing(context -> !badSeccomp(context)
                        .isEmpty())),
                "must not set securityContext.seccompProfile.type to " + quoted(pod.found(BaselineChecks::badSeccomp)));
    }

    private static List<String> badSeccomp(JsonNode context) {
        JsonNode profile = context.path("seccompProfile");
        String type = profile.path("type").asString("");
        boolean bad = profile.isObject() && !type.equals("RuntimeDefault") && !type.equals("Localhost");
        return bad ? List.of(type) : List.of();
    }

    static Optional<Violation> sysctls(ReviewedPod pod, int minor) {
        List<String> bad = new ArrayList<>();
        for (JsonNode sysctl : pod.security().path("sysctls")) {
            if (SYSCTLS.getOrDefault(ReviewedPod.name(sysctl), Integer.MAX_VALUE) > minor) {
                bad.add(ReviewedPod.name(sysctl));
            }
        }
        return bad.isEmpty()
                ? Optional.empty()
                : Optional.of(new Violation("forbidden sysctls", String.join(", ", bad)));
    }

    static Optional<Violation> windowsHostProcess(ReviewedPod pod, int minor) {
        return Check.of(
                "hostProcess",
                setters(isHostProcess(pod.security()), pod.securing(BaselineChecks::isHostProcess)),
                "must not set securityContext.windowsOptions.hostProcess=true");
    }

    private static boolean isHostProcess(JsonNode context) {
        return context.path("windowsOptions").path("hostProcess").asBoolean(false);
    }
}
