package io.kybern.deployment.config;

import io.kybern.controller.Controller;
import io.kybern.controller.ControllerConfiguration;
import io.kybern.controller.WriteFence;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApis;
import io.kybern.controller.recorder.EventRecorders;
import io.kybern.deployment.core.DeploymentOwners;
import io.kybern.deployment.core.DeploymentReconciler;
import java.time.Clock;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** One controller: Deployments, woken by their ReplicaSets and by pods that end. */
@Configuration(proxyBeanMethods = false)
@Import(ControllerConfiguration.class)
public class DeploymentConfiguration {

    @Bean
    Controller deploymentController(Informers informers, ObjectApis apis, EventRecorders recorders) {
        WriteFence fence = new WriteFence(Clock.systemUTC());
        DeploymentReconciler.Access access = new DeploymentReconciler.Access(
                informers.deployments(),
                informers.replicaSets(),
                informers.pods(),
                apis.deployments(),
                apis.replicaSets());
        DeploymentOwners owners = new DeploymentOwners(access.deployments(), access.sets());
        return Controller.builder("deployment")
                .reconciler(new DeploymentReconciler(
                        access, fence, recorders.of("deployment-controller"), Clock.systemUTC()))
                .reconciling(access.deployments(), "Deployment")
                .watching(access.sets(), "ReplicaSet", owners::ofSet)
                .watching(access.pods(), "Pod", owners::ofPod)
                .fence(fence)
                .build();
    }
}
