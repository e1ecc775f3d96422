package io.kybern.node.runtime;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A container to create.
 *
 * @param name unique on this machine
 * @param image the image's id or reference; must be present
 * @param entrypoint replaces the image's when not null
 * @param arguments replaces the image's command when not null
 * @param environment in order, {@code NAME=value}
 * @param workingDir replaces the image's when not null
 * @param labels what the node finds it by
 * @param mounts directories and files of the machine
 * @param devices devices of the machine
 * @param namespaces which namespaces it shares
 * @param security user, capabilities and the like
 * @param resources limits
 * @param console terminal and standard input
 * @param runtime what runs it; null for the engine's choice
 * @param parentGroup the control group that its own is made in; null for the engine's choice
 */
public record ContainerSpec(
        String name,
        String image,
        @Nullable List<String> entrypoint,
        @Nullable List<String> arguments,
        List<String> environment,
        @Nullable String workingDir,
        Map<String, String> labels,
        List<Mount> mounts,
        List<Device> devices,
        Namespaces namespaces,
        Security security,
        Resources resources,
        Console console,
        @Nullable String runtime,
        @Nullable String parentGroup) {

    /** Copies the collections. */
    public ContainerSpec {
        entrypoint = entrypoint == null ? null : List.copyOf(entrypoint);
        arguments = arguments == null ? null : List.copyOf(arguments);
        environment = List.copyOf(environment);
        labels = Map.copyOf(labels);
        mounts = List.copyOf(mounts);
        devices = List.copyOf(devices);
    }

    /** A path of the machine seen in the container; {@code propagation} is {@code rprivate}, {@code rslave} or {@code rshared}. */
    public record Mount(String hostPath, String containerPath, boolean readOnly, String propagation) {}

    /** A device of the machine as the container sees it. */
    public record Device(String hostPath, String containerPath, boolean readOnly) {}

    /**
     * What is shared: the values are those of the engine, such as {@code none}, {@code host} or {@code container:<id>};
     * null leaves the engine's choice.
     *
     * @param hostname set only by the owner of the UTS namespace
     */
    public record Namespaces(
            @Nullable String network,
            @Nullable String ipc,
            @Nullable String pid,
            @Nullable String uts,
            @Nullable String hostname) {}

    /**
     * What the process may do.
     *
     * @param user {@code uid}, {@code uid:gid} or a name; null for the image's
     * @param groups supplementary groups
     * @param seccomp a filter of system calls, as JSON, or {@code unconfined}; null for the engine's
     * @param appArmor the name of a profile, or {@code unconfined}; null for the engine's
     */
    public record Security(
            @Nullable String user,
            List<String> groups,
            List<String> addCapabilities,
            List<String> dropCapabilities,
            boolean privileged,
            boolean readOnlyRoot,
            boolean noNewPrivileges,
            @Nullable String seccomp,
            @Nullable String appArmor,
            Map<String, String> sysctls) {

        /** Copies the collections. */
        public Security {
            groups = List.copyOf(groups);
            addCapabilities = List.copyOf(addCapabilities);
            dropCapabilities = List.copyOf(dropCapabilities);
            sysctls = Map.copyOf(sysctls);
        }

        /** Nothing special. */
        public static Security plain() {
            return new Security(null, List.of(), List.of(), List.of(), false, false, false, null, null, Map.of());
        }
    }

    /** Limits in the kernel's units; 0 means none. */
    public record Resources(
            long cpuShares, long cpuQuotaMicros, long cpuPeriodMicros, long memoryBytes, int oomScoreAdj) {

        /** No limits. */
        public static Resources none() {
            return new Resources(2, 0, 0, 0, 0);
        }
    }

    /** Terminal and standard input. */
    public record Console(boolean tty, boolean stdin, boolean stdinOnce) {

        /** Neither. */
        public static Console none() {
            return new Console(false, false, false);
        }
    }
}
