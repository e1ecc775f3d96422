package io.kybern.apiserver.discovery;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/** Groups that other servers serve, for the lists that name all groups. */
public interface RemoteGroups {

    /**
     * One version of a group.
     *
     * @param resources the entries of its APIResourceList
     * @param openApi the address of its OpenAPI document, empty if it has none
     * @param openApiV2 its part of an OpenAPI 2 document; missing if it has none
     * @param current whether the server answered when it was last asked
     */
    record RemoteVersion(
            String group,
            String version,
            List<JsonNode> resources,
            String openApi,
            JsonNode openApiV2,
            boolean current) {

        /** One without an OpenAPI 2 document. */
        public RemoteVersion(String group, String version, List<JsonNode> resources, String openApi, boolean current) {
            this(group, version, resources, openApi, MissingNode.getInstance(), current);
        }

        public RemoteVersion {
            resources = List.copyOf(resources);
        }
    }

    /** Counts up with every change. */
    long generation();

    /** All of them in the order of discovery. */
    List<RemoteVersion> all();

    /** There are none. */
    static RemoteGroups none() {
        return new RemoteGroups() {
            @Override
            public long generation() {
                return 0;
            }

            @Override
            public List<RemoteVersion> all() {
                return List.of();
            }
        };
    }
}
