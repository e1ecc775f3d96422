package io.kybern.apiserver.registry;

import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.registry.admission.PolicyBindingStrategy;
import io.kybern.apiserver.registry.admission.PolicyStrategy;
import io.kybern.apiserver.registry.admission.PolicyTypeChecker;
import io.kybern.apiserver.registry.admission.WebhookConfigurationStrategy;
import io.kybern.apiserver.registry.aggregation.ApiServiceStrategy;
import io.kybern.apiserver.registry.apps.ControllerRevisionStrategy;
import io.kybern.apiserver.registry.apps.DaemonSetStrategy;
import io.kybern.apiserver.registry.apps.DeploymentStrategy;
import io.kybern.apiserver.registry.apps.ReplicaSetStrategy;
import io.kybern.apiserver.registry.apps.ReplicationControllerStrategy;
import io.kybern.apiserver.registry.apps.StatefulSetStrategy;
import io.kybern.apiserver.registry.autoscaling.AutoscalerStrategy;
import io.kybern.apiserver.registry.batch.CronJobStrategy;
import io.kybern.apiserver.registry.batch.JobStrategy;
import io.kybern.apiserver.registry.certificates.SigningRequestStrategy;
import io.kybern.apiserver.registry.cluster.BindingStrategy;
import io.kybern.apiserver.registry.cluster.ComponentStatusStrategy;
import io.kybern.apiserver.registry.cluster.NamespaceStrategy;
import io.kybern.apiserver.registry.cluster.NodeStrategy;
import io.kybern.apiserver.registry.cluster.PriorityClassStrategy;
import io.kybern.apiserver.registry.cluster.RoleStrategy;
import io.kybern.apiserver.registry.cluster.RuntimeClassStrategy;
import io.kybern.apiserver.registry.core.ConfigMapStrategy;
import io.kybern.apiserver.registry.core.EventStrategy;
import io.kybern.apiserver.registry.core.LeaseStrategy;
import io.kybern.apiserver.registry.core.SecretStrategy;
import io.kybern.apiserver.registry.core.ServiceAccountStrategy;
import io.kybern.apiserver.registry.devices.ClaimTemplateStrategy;
import io.kybern.apiserver.registry.devices.DeviceClassStrategy;
import io.kybern.apiserver.registry.devices.ResourceClaimStrategy;
import io.kybern.apiserver.registry.devices.ResourceSliceStrategy;
import io.kybern.apiserver.registry.extensions.DefinitionStrategy;
import io.kybern.apiserver.registry.flowcontrol.FlowSchemaStrategy;
import io.kybern.apiserver.registry.flowcontrol.PriorityLevelStrategy;
import io.kybern.apiserver.registry.limits.LimitRangeStrategy;
import io.kybern.apiserver.registry.limits.QuotaStrategy;
import io.kybern.apiserver.registry.networking.AddressStrategy;
import io.kybern.apiserver.registry.networking.IngressClassStrategy;
import io.kybern.apiserver.registry.networking.IngressStrategy;
import io.kybern.apiserver.registry.networking.NetworkPolicyStrategy;
import io.kybern.apiserver.registry.networking.ServiceCidrStrategy;
import io.kybern.apiserver.registry.pods.PodStrategy;
import io.kybern.apiserver.registry.pods.PodTemplateStrategy;
import io.kybern.apiserver.registry.policy.DisruptionBudgetStrategy;
import io.kybern.apiserver.registry.table.TableShapes;
import io.kybern.apiserver.registry.volumes.AttachmentStrategy;
import io.kybern.apiserver.registry.volumes.AttributesClassStrategy;
import io.kybern.apiserver.registry.volumes.ClaimStrategy;
import io.kybern.apiserver.registry.volumes.CsiDriverStrategy;
import io.kybern.apiserver.registry.volumes.CsiNodeStrategy;
import io.kybern.apiserver.registry.volumes.StorageCapacityStrategy;
import io.kybern.apiserver.registry.volumes.StorageClassStrategy;
import io.kybern.apiserver.registry.volumes.VolumeStrategy;
import java.util.List;
import java.util.function.BiFunction;

/** The strategies that need nothing but their type; a new type is one line here and one class. */
final class BuiltInStrategies {

    private static final String ADMISSION = "admissionregistration.k8s.io";
    private static final String DEVICES = "resource.k8s.io";
    private static final String NETWORKING = "networking.k8s.io";
    private static final String RBAC = "rbac.authorization.k8s.io";
    private static final String STORAGE = "storage.k8s.io";

    private final ResourceRegistry types;
    private final TableShapes tables;
    private final PolicyTypeChecker policies;

    BuiltInStrategies(ResourceRegistry types, TableShapes tables, PolicyTypeChecker policies) {
        this.policies = policies;
        this.types = types;
        this.tables = tables;
    }

    List<ResourceStrategy> all() {
        return List.of(
                of("", "pods", PodStrategy::new),
                of("", "podtemplates", PodTemplateStrategy::new),
                of("", "replicationcontrollers", ReplicationControllerStrategy::new),
                of("apps", "replicasets", ReplicaSetStrategy::new),
                of("apps", "deployments", DeploymentStrategy::new),
                of("", "namespaces", NamespaceStrategy::new),
                of("", "nodes", NodeStrategy::new),
                of("", "componentstatuses", ComponentStatusStrategy::new),
                of("", "configmaps", ConfigMapStrategy::new),
                of("", "secrets", SecretStrategy::new),
                of("", "events", (type, table) -> new EventStrategy(type, table, "involvedObject")),
                of("events.k8s.io", "events", (type, table) -> new EventStrategy(type, table, "regarding")),
                of("coordination.k8s.io", "leases", LeaseStrategy::new),
                of(RBAC, "roles", RoleStrategy::new),
                of(RBAC, "clusterroles", RoleStrategy::new),
                of(RBAC, "rolebindings", BindingStrategy::new),
                of(RBAC, "clusterrolebindings", BindingStrategy::new),
                of("flowcontrol.apiserver.k8s.io", "flowschemas", FlowSchemaStrategy::new),
                of("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations", PriorityLevelStrategy::new),
                of("scheduling.k8s.io", "priorityclasses", PriorityClassStrategy::new),
                of("node.k8s.io", "runtimeclasses", RuntimeClassStrategy::new),
                of("apps", "statefulsets", StatefulSetStrategy::new),
                of("apps", "daemonsets", DaemonSetStrategy::new),
                of("apps", "controllerrevisions", ControllerRevisionStrategy::new),
                of("batch", "jobs", JobStrategy::new),
                of("batch", "cronjobs", CronJobStrategy::new),
                of("autoscaling", "v1", "horizontalpodautoscalers", AutoscalerStrategy::new),
                of("autoscaling", "v2", "horizontalpodautoscalers", AutoscalerStrategy::new),
                of(NETWORKING, "ingresses", IngressStrategy::new),
                of(NETWORKING, "ingressclasses", IngressClassStrategy::new),
                of(NETWORKING, "ipaddresses", AddressStrategy::new),
                of(NETWORKING, "networkpolicies", NetworkPolicyStrategy::new),
                of(NETWORKING, "servicecidrs", ServiceCidrStrategy::new),
                of("", "persistentvolumeclaims", ClaimStrategy::new),
                of("", "persistentvolumes", VolumeStrategy::new),
                of(STORAGE, "csidrivers", CsiDriverStrategy::new),
                of(STORAGE, "csinodes", CsiNodeStrategy::new),
                of(STORAGE, "csistoragecapacities", StorageCapacityStrategy::new),
                of(STORAGE, "storageclasses", StorageClassStrategy::new),
                of(STORAGE, "volumeattachments", AttachmentStrategy::new),
                of(STORAGE, "volumeattributesclasses", AttributesClassStrategy::new),
                of("policy", "poddisruptionbudgets", DisruptionBudgetStrategy::new),
                of("", "serviceaccounts", ServiceAccountStrategy::new),
                of(DEVICES, "deviceclasses", DeviceClassStrategy::new),
                of(DEVICES, "resourceclaims", ResourceClaimStrategy::new),
                of(DEVICES, "resourceclaimtemplates", ClaimTemplateStrategy::new),
                of(DEVICES, "resourceslices", ResourceSliceStrategy::new),
                of("", "limitranges", LimitRangeStrategy::new),
                of("", "resourcequotas", QuotaStrategy::new),
                of("certificates.k8s.io", "certificatesigningrequests", SigningRequestStrategy::new),
                of(ADMISSION, "mutatingwebhookconfigurations", WebhookConfigurationStrategy::new),
                of(ADMISSION, "validatingwebhookconfigurations", WebhookConfigurationStrategy::new),
                of("apiregistration.k8s.io", "apiservices", ApiServiceStrategy::new),
                of(ADMISSION, "validatingadmissionpolicies", this::policy),
                of(ADMISSION, "validatingadmissionpolicybindings", PolicyBindingStrategy::new),
                of(ADMISSION, "mutatingadmissionpolicies", this::policy),
                of(ADMISSION, "mutatingadmissionpolicybindings", PolicyBindingStrategy::new),
                of("apiextensions.k8s.io", "customresourcedefinitions", DefinitionStrategy::new));
    }

    private ResourceStrategy policy(ResourceType type, TableShape table) {
        return new PolicyStrategy(type, table, policies);
    }

    private ResourceStrategy of(
            String group, String resource, BiFunction<ResourceType, TableShape, ResourceStrategy> constructor) {
        return of(group, "v1", resource, constructor);
    }

    private ResourceStrategy of(
            String group,
            String version,
            String resource,
            BiFunction<ResourceType, TableShape, ResourceStrategy> constructor) {
        ResourceType type = types.require(group, version, resource);
        return constructor.apply(type, tables.of(type));
    }
}
