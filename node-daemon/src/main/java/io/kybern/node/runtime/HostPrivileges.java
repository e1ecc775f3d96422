package io.kybern.node.runtime;

import com.github.dockerjava.api.model.Capability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Which capabilities this machine lets anyone have: some hosts, and nodes that are containers themselves, lack a few
 * (often {@code CAP_SYS_RESOURCE}), and the engine then refuses to start a privileged container at all.
 */
final class HostPrivileges {

    /** The kernel's order of capabilities, which is their bit number. */
    private static final List<String> NAMES = List.of(
            "CHOWN",
            "DAC_OVERRIDE",
            "DAC_READ_SEARCH",
            "FOWNER",
            "FSETID",
            "KILL",
            "SETGID",
            "SETUID",
            "SETPCAP",
            "LINUX_IMMUTABLE",
            "NET_BIND_SERVICE",
            "NET_BROADCAST",
            "NET_ADMIN",
            "NET_RAW",
            "IPC_LOCK",
            "IPC_OWNER",
            "SYS_MODULE",
            "SYS_RAWIO",
            "SYS_CHROOT",
            "SYS_PTRACE",
            "SYS_PACCT",
            "SYS_ADMIN",
            "SYS_BOOT",
            "SYS_NICE",
            "SYS_RESOURCE",
            "SYS_TIME",
            "SYS_TTY_CONFIG",
            "MKNOD",
            "LEASE",
            "AUDIT_WRITE",
            "AUDIT_CONTROL",
            "SETFCAP",
            "MAC_OVERRIDE",
            "MAC_ADMIN",
            "SYSLOG",
            "WAKE_ALARM",
            "BLOCK_SUSPEND",
            "AUDIT_READ",
            "PERFMON",
            "BPF",
            "CHECKPOINT_RESTORE");

    private static final long BOUND = bound();

    private HostPrivileges() {}

    /** Whether none is missing. */
    static boolean complete() {
        // newer kernels may know more than this list, older ones fewer: what matters is the one that is refused
        return (BOUND & (1L << NAMES.indexOf("SYS_RESOURCE"))) != 0;
    }

    /** Whether a process here can have this capability. */
    static boolean has(Capability capability) {
        int bit = NAMES.indexOf(capability.name());
        return bit >= 0 && (BOUND & (1L << bit)) != 0;
    }

    private static long bound() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("CapBnd:")) {
                    return Long.parseUnsignedLong(line.substring(7).strip(), 16);
                }
            }
        } catch (IOException unreadable) {
            return -1;
        }
        return -1;
    }
}
