package io.kybern.node.runtime;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.command.UpdateContainerCmd;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.model.BindOptions;
import com.github.dockerjava.api.model.BindPropagation;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.Device;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Puts a {@link ContainerSpec} into the engine's words. */
final class DockerSpecs {

    private static final Pattern MESSAGE = Pattern.compile("\"message\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");

    private DockerSpecs() {}

    static CreateContainerCmd command(
            DockerClient docker, ContainerSpec spec, boolean fullPrivileges, DockerSettings settings) {
        HostConfig host = host(spec, fullPrivileges, settings);
        CreateContainerCmd command = docker.createContainerCmd(spec.image())
                .withName(spec.name())
                .withEnv(spec.environment())
                .withLabels(spec.labels())
                .withTty(spec.console().tty())
                .withStdinOpen(spec.console().stdin())
                .withStdInOnce(spec.console().stdinOnce())
                .withHostConfig(host);
        List<String> entrypoint = spec.entrypoint();
        if (entrypoint != null) {
            command.withEntrypoint(entrypoint);
        }
        List<String> arguments = spec.arguments();
        if (arguments != null) {
            command.withCmd(arguments);
        }
        if (spec.workingDir() != null) {
            command.withWorkingDir(spec.workingDir());
        }
        if (spec.security().user() != null) {
            command.withUser(spec.security().user());
        }
        if (spec.namespaces().hostname() != null) {
            command.withHostName(spec.namespaces().hostname());
        }
        return command;
    }

    static HostConfig host(ContainerSpec spec, boolean fullPrivileges, DockerSettings settings) {
        HostConfig host = HostConfig.newHostConfig()
                .withLogConfig(new LogConfig(
                        LogConfig.LoggingType.JSON_FILE,
                        Map.of(
                                "max-size", Long.toString(settings.logs().maxBytes()),
                                "max-file", Integer.toString(settings.logs().maxFiles()))))
                .withMounts(mounts(spec.mounts()));
        if (!spec.devices().isEmpty()) {
            host.withDevices(spec.devices().stream()
                    .map(d -> new Device(d.readOnly() ? "rm" : "rwm", d.containerPath(), d.hostPath()))
                    .toList());
        }
        var namespaces = spec.namespaces();
        if (namespaces.network() != null) {
            host.withNetworkMode(namespaces.network());
        }
        if (namespaces.ipc() != null) {
            host.withIpcMode(namespaces.ipc());
        }
        if (namespaces.pid() != null) {
            host.withPidMode(namespaces.pid());
        }
        if (namespaces.uts() != null) {
            host.withUtSMode(namespaces.uts());
        }
        if (spec.runtime() != null) {
            host.withRuntime(spec.runtime());
        }
        security(host, spec.security(), fullPrivileges);
        resources(host, spec.resources());
        if (spec.parentGroup() != null) {
            host.withCgroupParent(spec.parentGroup());
        } else if (settings.pidsLimit() > 0) {
            // otherwise the group that all the pod's containers are in has it
            host.withPidsLimit(settings.pidsLimit());
        }
        return host;
    }

    private static void security(HostConfig host, ContainerSpec.Security security, boolean fullPrivileges) {
        host.withReadonlyRootfs(security.readOnlyRoot());
        if (security.privileged()) {
            privileged(host, security, fullPrivileges);
            return;
        }
        if (!security.addCapabilities().isEmpty()) {
            host.withCapAdd(capabilities(security.addCapabilities()));
        }
        if (!security.dropCapabilities().isEmpty()) {
            host.withCapDrop(capabilities(security.dropCapabilities()));
        }
        if (!security.groups().isEmpty()) {
            host.withGroupAdd(security.groups());
        }
        List<String> options = new ArrayList<>();
        if (security.noNewPrivileges()) {
            options.add("no-new-privileges");
        }
        if (security.seccomp() != null) {
            options.add("seccomp=" + security.seccomp());
        }
        if (security.appArmor() != null) {
            options.add("apparmor=" + security.appArmor());
        }
        if (!options.isEmpty()) {
            host.withSecurityOpts(options);
        }
        if (!security.sysctls().isEmpty()) {
            host.withSysctls(security.sysctls());
        }
    }

    /** All that the host has to give; the engine's own switch fails where one capability is missing. */
    private static void privileged(HostConfig host, ContainerSpec.Security security, boolean fullPrivileges) {
        if (fullPrivileges) {
            host.withPrivileged(true);
        } else {
            host.withCapAdd(java.util.Arrays.stream(Capability.values())
                            .filter(HostPrivileges::has)
                            .toArray(Capability[]::new))
                    .withSecurityOpts(List.of("seccomp=unconfined", "apparmor=unconfined"))
                    .withDeviceCgroupRules(List.of("a *:* rwm"));
        }
        if (!security.groups().isEmpty()) {
            host.withGroupAdd(security.groups());
        }
    }

    private static Capability[] capabilities(List<String> names) {
        return names.stream()
                .map(n -> n.toUpperCase(Locale.ROOT))
                .map(n -> n.startsWith("CAP_") ? n.substring(4) : n)
                .map(Capability::valueOf)
                .toArray(Capability[]::new);
    }

    private static void resources(HostConfig host, ContainerSpec.Resources resources) {
        if (resources.cpuShares() > 0) {
            host.withCpuShares((int) resources.cpuShares());
        }
        if (resources.cpuQuotaMicros() > 0) {
            host.withCpuQuota(resources.cpuQuotaMicros()).withCpuPeriod(resources.cpuPeriodMicros());
        }
        if (resources.memoryBytes() > 0) {
            // swap equal to memory means no swap, as Kubernetes wants it by default
            host.withMemory(resources.memoryBytes()).withMemorySwap(resources.memoryBytes());
        }
        if (resources.oomScoreAdj() != 0) {
            host.withOomScoreAdj(resources.oomScoreAdj());
        }
    }

    /** The limits that a container has. */
    static ContainerSpec.Resources resources(HostConfig host) {
        return new ContainerSpec.Resources(
                orZero(host.getCpuShares()),
                orZero(host.getCpuQuota()),
                orZero(host.getCpuPeriod()),
                orZero(host.getMemory()),
                0);
    }

    private static long orZero(@Nullable Number number) {
        return number == null ? 0 : number.longValue();
    }

    /** Other limits for a container; one that is not given stays. */
    static UpdateContainerCmd limits(UpdateContainerCmd command, ContainerSpec.Resources resources) {
        command.withCpuShares((int) resources.cpuShares());
        if (resources.cpuQuotaMicros() > 0) {
            command.withCpuQuota(resources.cpuQuotaMicros()).withCpuPeriod(resources.cpuPeriodMicros());
        }
        if (resources.memoryBytes() > 0) {
            command.withMemory(resources.memoryBytes()).withMemorySwap(resources.memoryBytes());
        }
        return command;
    }

    private static List<Mount> mounts(List<ContainerSpec.Mount> mounts) {
        List<Mount> answer = new ArrayList<>(mounts.size());
        for (ContainerSpec.Mount m : mounts) {
            Mount mount = new Mount()
                    .withType(MountType.BIND)
                    .withSource(m.hostPath())
                    .withTarget(m.containerPath())
                    .withReadOnly(m.readOnly());
            propagation(m.propagation()).ifPresent(p -> mount.withBindOptions(new BindOptions().withPropagation(p)));
            answer.add(mount);
        }
        return answer;
    }

    /** Nothing for a private mount: it is the engine's default, and where the engine must have another one it takes that. */
    private static Optional<BindPropagation> propagation(String propagation) {
        return switch (propagation) {
            case "rshared" -> Optional.of(BindPropagation.R_SHARED);
            case "rslave" -> Optional.of(BindPropagation.R_SLAVE);
            default -> Optional.empty();
        };
    }

    /** The engine's own words, without the client's wrapping. */
    static String message(DockerException failure) {
        String text = String.valueOf(failure.getMessage());
        Matcher m = MESSAGE.matcher(text);
        if (m.find()) {
            return m.group(1).replace("\\\"", "\"").replace("\\n", "\n").replace("\\\\", "\\");
        }
        return text;
    }
}
