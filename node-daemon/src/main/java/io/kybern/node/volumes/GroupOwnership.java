package io.kybern.node.volumes;

import io.fabric8.kubernetes.api.model.Pod;
import io.kybern.node.command.CommandRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Gives volumes to the {@code fsGroup} of a pod. See <a
 * href="https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#configure-volume-permission-and-ownership-change-policy-for-pods">
 * the policy of changes</a>.
 */
final class GroupOwnership {

    private static final int OWNER_AND_GROUP = 0770;
    private static final int SET_GROUP_ID = 02000;

    private final CommandRunner commands;

    GroupOwnership(CommandRunner commands) {
        this.commands = commands;
    }

    static @Nullable Long fsGroup(Pod pod) {
        var context = pod.getSpec().getSecurityContext();
        return context == null ? null : context.getFsGroup();
    }

    /** For volumes that outlive pods: with the policy {@code OnRootMismatch} one whose root is as it should be stays as it is. */
    void ofLasting(Pod pod, Path directory) throws IOException {
        Long group = fsGroup(pod);
        if (group == null || !onMismatchOnly(pod)) {
            ofFresh(pod, directory);
        } else if (!isGiven(group, directory)) {
            // comes back as the last thing, so a change that was interrupted is seen by the next look
            commands.run("chmod", "g-s", directory.toString());
            give(group, directory);
        }
    }

    /** For volumes that end with their pod; the policy says nothing about them. */
    void ofFresh(Pod pod, Path directory) {
        Long group = fsGroup(pod);
        if (group != null) {
            give(group, directory);
        }
    }

    /** With an fsGroup the volume belongs to it, and new files do too. */
    private void give(long group, Path directory) {
        commands.run("chgrp", "-R", String.valueOf(group), directory.toString());
        commands.run("chmod", "-R", "g+rwX", directory.toString());
        commands.run("chmod", "g+s", directory.toString());
    }

    private static boolean onMismatchOnly(Pod pod) {
        return "OnRootMismatch".equals(pod.getSpec().getSecurityContext().getFsGroupChangePolicy());
    }

    /** Only the root is looked at: that is what makes the policy quick for volumes with many files. */
    private static boolean isGiven(long group, Path directory) throws IOException {
        int wanted = SET_GROUP_ID | OWNER_AND_GROUP;
        // the kernel's ids have 32 bits without a sign
        long owner = Integer.toUnsignedLong((Integer) Files.getAttribute(directory, "unix:gid"));
        int mode = (Integer) Files.getAttribute(directory, "unix:mode");
        return owner == group && (mode & wanted) == wanted;
    }
}
