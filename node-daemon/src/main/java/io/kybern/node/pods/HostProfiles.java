package io.kybern.node.pods;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The profiles that a node's owner has laid down for confining containers. See <a
 * href="https://kubernetes.io/docs/tutorials/security/seccomp/">seccomp</a> and <a
 * href="https://kubernetes.io/docs/tutorials/security/apparmor/">AppArmor</a>.
 *
 * @param seccomp the directory with profiles for seccomp
 * @param appArmorEnabled whether the machine has AppArmor
 * @param appArmor the kernel's list of loaded AppArmor profiles
 */
public record HostProfiles(Path seccomp, boolean appArmorEnabled, Path appArmor) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** A profile of seccomp as it stands in its file. */
    String seccomp(String container, String name) throws ContainerFailure {
        Path file = seccomp.resolve(name).normalize();
        if (name.isEmpty() || !file.startsWith(seccomp.normalize())) {
            throw failure(container, file, "it is not below " + seccomp);
        }
        try {
            return JSON.readTree(Files.readString(file)).toString();
        } catch (NoSuchFileException missing) {
            throw failure(container, file, "open " + file + ": no such file or directory");
        } catch (JsonProcessingException damaged) {
            throw failure(container, file, "it is not JSON: " + damaged.getOriginalMessage());
        } catch (IOException unreadable) {
            throw failure(container, file, "read " + file + ": " + unreadable.getMessage());
        }
    }

    private static ContainerFailure failure(String container, Path file, String why) {
        return ContainerFailure.of(
                "CreateContainerError",
                "failed to generate seccomp security options for container \"" + container
                        + "\": cannot load seccomp profile \"" + file + "\": " + why);
    }

    /** Refuses a profile of AppArmor that is not loaded. */
    void checkAppArmor(String name) throws ContainerFailure {
        try {
            // a line for each: its name, and in brackets what it does
            boolean loaded = Files.readString(appArmor, StandardCharsets.UTF_8)
                    .lines()
                    .anyMatch(line -> line.equals(name) || line.startsWith(name + " ("));
            if (loaded) {
                return;
            }
        } catch (IOException unreadable) {
            throw ContainerFailure.of(
                    "CreateContainerError", "failed to read the loaded apparmor profiles: " + unreadable.getMessage());
        }
        throw ContainerFailure.of(
                "CreateContainerError", "failed to generate apparmor spec opts: apparmor profile not found " + name);
    }
}
