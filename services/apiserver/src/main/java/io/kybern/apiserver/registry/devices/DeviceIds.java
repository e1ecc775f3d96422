package io.kybern.apiserver.registry.devices;

import java.util.HashSet;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Which devices a claim has: driver, pool, device and, of a device that is shared, the share. */
final class DeviceIds {

    private DeviceIds() {}

    static String of(JsonNode device) {
        String id = device.path("driver").asString("") + "/"
                + device.path("pool").asString("") + "/"
                + device.path("device").asString("");
        String share = device.path("shareID").asString("");
        return share.isEmpty() ? id : id + "/" + share;
    }

    /** The devices that a status says are allocated. */
    static Set<String> allocated(JsonNode status) {
        Set<String> ids = new HashSet<>();
        status.path("allocation").path("devices").path("results").forEach(result -> ids.add(of(result)));
        return ids;
    }
}
