package io.kybern.apiserver.protobuf;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import io.kubernetes.client.proto.IntStr;
import io.kubernetes.client.proto.Meta;
import io.kubernetes.client.proto.Resource;
import io.kubernetes.client.proto.Runtime;
import io.kubernetes.client.proto.V1;
import io.kubernetes.client.proto.V1Admissionregistration;
import io.kubernetes.client.proto.V1Apiextensions;
import io.kubernetes.client.proto.V1Apps;
import io.kubernetes.client.proto.V1Authentication;
import io.kubernetes.client.proto.V1Authorization;
import io.kubernetes.client.proto.V1Autoscaling;
import io.kubernetes.client.proto.V1Batch;
import io.kubernetes.client.proto.V1Certificates;
import io.kubernetes.client.proto.V1Coordination;
import io.kubernetes.client.proto.V1Discovery;
import io.kubernetes.client.proto.V1Events;
import io.kubernetes.client.proto.V1Flowcontrol;
import io.kubernetes.client.proto.V1Networking;
import io.kubernetes.client.proto.V1Node;
import io.kubernetes.client.proto.V1Policy;
import io.kubernetes.client.proto.V1Rbac;
import io.kubernetes.client.proto.V1Resource;
import io.kubernetes.client.proto.V1Scheduling;
import io.kubernetes.client.proto.V1Storage;
import io.kubernetes.client.proto.V2Autoscaling;
import java.util.Map;
import java.util.Optional;

/** The messages of the official Java client by the names that our table has for them. */
final class OfficialMessages {

    static {
        // the classes were generated long ago and say so once each
        System.setProperty("com.google.protobuf.use_unsafe_pre22_gencode", "true");
    }

    private static final Map<String, FileDescriptor> FILES = Map.ofEntries(
            Map.entry("meta", Meta.getDescriptor()),
            Map.entry("machinery.api.resource", Resource.getDescriptor()),
            Map.entry("machinery.util.intstr", IntStr.getDescriptor()),
            Map.entry("machinery.runtime", Runtime.getDescriptor()),
            Map.entry("core.v1", V1.getDescriptor()),
            Map.entry("admissionregistration.v1", V1Admissionregistration.getDescriptor()),
            Map.entry("apiextensions.v1", V1Apiextensions.getDescriptor()),
            Map.entry("apps.v1", V1Apps.getDescriptor()),
            Map.entry("authentication.v1", V1Authentication.getDescriptor()),
            Map.entry("authorization.v1", V1Authorization.getDescriptor()),
            Map.entry("autoscaling.v1", V1Autoscaling.getDescriptor()),
            Map.entry("autoscaling.v2", V2Autoscaling.getDescriptor()),
            Map.entry("batch.v1", V1Batch.getDescriptor()),
            Map.entry("certificates.v1", V1Certificates.getDescriptor()),
            Map.entry("coordination.v1", V1Coordination.getDescriptor()),
            Map.entry("discovery.v1", V1Discovery.getDescriptor()),
            Map.entry("events.v1", V1Events.getDescriptor()),
            Map.entry("flowcontrol.v1", V1Flowcontrol.getDescriptor()),
            Map.entry("networking.v1", V1Networking.getDescriptor()),
            Map.entry("node.v1", V1Node.getDescriptor()),
            Map.entry("policy.v1", V1Policy.getDescriptor()),
            Map.entry("rbac.v1", V1Rbac.getDescriptor()),
            Map.entry("resource.v1", V1Resource.getDescriptor()),
            Map.entry("scheduling.v1", V1Scheduling.getDescriptor()),
            Map.entry("storage.v1", V1Storage.getDescriptor()));

    private OfficialMessages() {}

    /** The message; empty if the client does not have it. */
    static Optional<Descriptor> find(String name) {
        int dot = name.lastIndexOf('.');
        return Optional.ofNullable(FILES.get(name.substring(0, dot)))
                .map(file -> file.findMessageTypeByName(name.substring(dot + 1)));
    }
}
