package io.kybern.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeDevice;
import io.kybern.node.runtime.ContainerSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The devices that a container gets from its pod's block volumes. */
final class DeviceSpecs {

    private DeviceSpecs() {}

    /** @param volumes the device behind each volume */
    static List<ContainerSpec.Device> of(Pod pod, Container container, Map<String, Path> volumes)
            throws ContainerFailure {
        List<ContainerSpec.Device> out = new ArrayList<>();
        for (VolumeDevice wanted : Objects.requireNonNullElse(container.getVolumeDevices(), List.<VolumeDevice>of())) {
            Path device = volumes.get(wanted.getName());
            if (device == null) {
                throw ContainerFailure.of(
                        "CreateContainerConfigError",
                        "cannot find volume \"" + wanted.getName() + "\" to pass into container \""
                                + container.getName() + "\"");
            }
            out.add(new ContainerSpec.Device(
                    device.toString(), wanted.getDevicePath(), readOnly(pod, wanted.getName())));
        }
        return out;
    }

    private static boolean readOnly(Pod pod, String volume) {
        return Objects.requireNonNullElse(pod.getSpec().getVolumes(), List.<Volume>of()).stream()
                .filter(v -> v.getName().equals(volume))
                .anyMatch(v -> v.getPersistentVolumeClaim() != null
                        && Boolean.TRUE.equals(v.getPersistentVolumeClaim().getReadOnly()));
    }
}
