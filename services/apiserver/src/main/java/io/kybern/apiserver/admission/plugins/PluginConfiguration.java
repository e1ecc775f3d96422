package io.kybern.apiserver.admission.plugins;

import io.kybern.apiserver.admission.AdmissionPlugin;
import io.kybern.apiserver.authn.ObjectLookup;
import io.kybern.apiserver.storage.ObjectStore;
import java.security.SecureRandom;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;

/** The built-in admission controllers, in Kubernetes' order. */
@Configuration(proxyBeanMethods = false)
public class PluginConfiguration {

    @Bean
    ClusterReader clusterReader(ObjectLookup lookup, ObjectStore store) {
        return new ClusterReader(lookup, store);
    }

    @Bean
    @Order(10)
    AdmissionPlugin namespaceLifecycle(ClusterReader cluster) {
        return new NamespaceLifecycle(cluster);
    }

    @Bean
    @Order(20)
    AdmissionPlugin serviceAccountPlugin(ClusterReader cluster) {
        return new ServiceAccountPlugin(cluster, new SecureRandom());
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
}
