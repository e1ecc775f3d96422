package io.kybern.apiserver.admission.plugins;

import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceRegistry;
import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.admission.matching.NamespaceSource;
import io.kybern.apiserver.admission.matching.RequestMatcher;
import io.kybern.apiserver.authn.ObjectLookup;
import io.kybern.apiserver.authz.Authorization;
import io.kybern.apiserver.authz.RbacAuthorizer;
import io.kybern.apiserver.storage.ObjectStore;
import io.kybern.apiserver.watch.WatchCache;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.concurrent.locks.LockSupport;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

/** The built-in admission controllers, in Kubernetes' order. */
@Configuration(proxyBeanMethods = false)
public class PluginConfiguration {

    @Bean
    ClusterReader clusterReader(ObjectLookup lookup, ObjectStore store, WatchCache cache) {
        return new ClusterReader(lookup, store, cache);
    }

    @Bean
    NamespaceSource namespaceSource(ClusterReader cluster) {
        return name -> cluster.find("", "namespaces", ObjectKey.clusterScoped(name));
    }

    @Bean
    RequestMatcher requestMatcher(ResourceRegistry types, NamespaceSource namespaces) {
        return new RequestMatcher(types, namespaces);
    }

    @Bean
    @Order(10)
    AdmissionPlugin namespaceLifecycle(ClusterReader cluster) {
        return new NamespaceLifecycle(cluster);
    }

    @Bean
    @Order(15)
    AdmissionPlugin limitRanger(ClusterReader cluster) {
        return new LimitRanger(cluster);
    }

    @Bean
    @Order(20)
    AdmissionPlugin serviceAccountPlugin(ClusterReader cluster) {
        return new ServiceAccountPlugin(cluster, new SecureRandom(), LockSupport::parkNanos);
    }

    @Bean
    @Order(30)
    AdmissionPlugin nodeRestriction(ClusterReader cluster) {
        return new NodeRestriction(cluster);
    }

    @Bean
    @Order(40)
    AdmissionPlugin taintNodesByCondition() {
        return new TaintNodesByCondition();
    }

    @Bean
    @Order(50)
    AdmissionPlugin priorityPlugin(ClusterReader cluster) {
        return new PriorityPlugin(cluster);
    }

    @Bean
    @Order(60)
    AdmissionPlugin defaultTolerationSeconds() {
        return new DefaultTolerationSeconds();
    }

    @Bean
    @Order(70)
    AdmissionPlugin escalationCheck(Authorization authorization, RbacAuthorizer rbac) {
        return new EscalationCheck(authorization, rbac);
    }

    @Bean
    @Order(72)
    AdmissionPlugin certificateGuards(Authorization authorization) {
        return new CertificateGuards(authorization);
    }

    @Bean
    @Order(74)
    AdmissionPlugin defaultIngressClass(ClusterReader cluster) {
        return new DefaultIngressClass(cluster);
    }

    @Bean
    @Order(75)
    AdmissionPlugin defaultStorageClass(ClusterReader cluster) {
        return new DefaultStorageClass(cluster);
    }

    @Bean
    @Order(76)
    AdmissionPlugin storageObjectInUseProtection() {
        return new StorageObjectInUseProtection();
    }

    @Bean
    @Order(77)
    AdmissionPlugin persistentVolumeClaimResize(ClusterReader cluster) {
        return new PersistentVolumeClaimResize(cluster);
    }

    @Bean
    @Order(80)
    AdmissionPlugin runtimeClassPlugin(ClusterReader cluster) {
        return new RuntimeClassPlugin(cluster);
    }

    @Bean
    @Order(85)
    AdmissionPlugin podTopologyLabels(ClusterReader cluster) {
        return new PodTopologyLabels(cluster);
    }

    /** Last of all, so that nothing is charged for what another refuses. */
    @Bean
    @Order(900)
    AdmissionPlugin quotaPlugin(ClusterReader cluster, ObjectStore store, Clock clock) {
        return new QuotaPlugin(cluster, store, clock);
    }
}
