package io.kybern.apiserver.aggregation;

import io.kybern.apiserver.registry.extensions.Conditions;
import tools.jackson.databind.JsonNode;

/**
 * One version of a group that a Service serves, as an APIService says.
 *
 * @param name the name of the APIService
 * @param group the API group
 * @param version the version of the group
 * @param service where it is served
 * @param trust how that server's certificate is checked
 * @param available whether it answered when it was last looked at
 * @param groupPriority the greater, the earlier the group comes in lists
 * @param versionPriority the greater, the earlier the version comes in its group
 */
record RemoteApi(
        String name,
        String group,
        String version,
        Service service,
        Trust trust,
        boolean available,
        int groupPriority,
        int versionPriority) {

    private static final int HTTPS_PORT = 443;

    /** A port of a Service. */
    record Service(String namespace, String name, int port) {}

    /**
     * How a certificate is checked.
     *
     * @param caBundle the authorities, PEM in base64; empty for those that the system trusts
     * @param skip whether it is not checked at all
     */
    record Trust(String caBundle, boolean skip) {

        /** No check. */
        static final Trust ANYONE = new Trust("", true);
    }

    /** Whether an APIService leads elsewhere at all. */
    static boolean isRemote(JsonNode apiService) {
        return apiService.path("spec").path("service").isObject();
    }

    static RemoteApi of(JsonNode apiService) {
        JsonNode spec = apiService.path("spec");
        JsonNode service = spec.path("service");
        return new RemoteApi(
                apiService.path("metadata").path("name").asString(""),
                spec.path("group").asString(""),
                spec.path("version").asString(""),
                new Service(
                        service.path("namespace").asString(""),
                        service.path("name").asString(""),
                        service.path("port").asInt(HTTPS_PORT)),
                new Trust(
                        spec.path("caBundle").asString(""),
                        spec.path("insecureSkipTLSVerify").asBoolean(false)),
                Conditions.isTrue(apiService, "Available"),
                spec.path("groupPriorityMinimum").asInt(0),
                spec.path("versionPriority").asInt(0));
    }

    /** The group and version as objects carry them. */
    String groupVersion() {
        return group + "/" + version;
    }
}
