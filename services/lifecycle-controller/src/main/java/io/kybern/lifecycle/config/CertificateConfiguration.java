package io.kybern.lifecycle.config;

import io.fabric8.kubernetes.api.model.authorization.v1.SubjectAccessReview;
import io.fabric8.kubernetes.api.model.certificates.v1.CertificateSigningRequest;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.controller.Controller;
import io.kybern.controller.client.ApiClients;
import io.kybern.controller.client.Informers;
import io.kybern.controller.client.ObjectApi;
import io.kybern.controller.leader.LeaderElector;
import io.kybern.events.Informer;
import io.kybern.lifecycle.core.certificates.ApprovingReconciler;
import io.kybern.lifecycle.core.certificates.CleaningReconciler;
import io.kybern.lifecycle.core.certificates.ClusterSigner;
import io.kybern.lifecycle.core.certificates.SigningReconciler;
import java.security.SecureRandom;
import java.time.Clock;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The controllers of certificates that are asked for. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(LifecycleProperties.class)
class CertificateConfiguration {

    private static final String GROUP = "certificates.k8s.io";
    private static final ResourceType TYPE =
            ResourceRegistry.builtIn().require(GROUP, "v1", "certificatesigningrequests");

    /** The cache of requests. */
    static Informer<CertificateSigningRequest> requests(Informers informers) {
        return informers.of(GROUP, "v1", "certificatesigningrequests", CertificateSigningRequest.class);
    }

    private static ObjectApi<CertificateSigningRequest> api(ApiClients clients, LeaderElector elector) {
        return clients.objects(TYPE, CertificateSigningRequest.class, elector::isLeader);
    }

    @Bean
    Controller certificateApprovingController(Informers informers, ApiClients clients, LeaderElector elector) {
        ResourceType reviews = ResourceRegistry.builtIn().require("authorization.k8s.io", "v1", "subjectaccessreviews");
        ObjectApi<SubjectAccessReview> access = clients.objects(reviews, SubjectAccessReview.class, elector::isLeader);
        Informer<CertificateSigningRequest> requests = requests(informers);
        return Controller.builder("csrapproving")
                .reconciler(new ApprovingReconciler(requests, api(clients, elector), review -> access.create(review)
                        .object()))
                .reconciling(requests, TYPE.kind())
                .build();
    }

    @Bean
    Controller certificateSigningController(
            Informers informers, ApiClients clients, LeaderElector elector, LifecycleProperties properties) {
        Informer<CertificateSigningRequest> requests = requests(informers);
        ClusterSigner signer = new ClusterSigner(properties.pkiDirectory(), Clock.systemUTC(), new SecureRandom());
        return Controller.builder("csrsigning")
                .reconciler(new SigningReconciler(requests, api(clients, elector), signer))
                .reconciling(requests, TYPE.kind())
                .build();
    }

    @Bean
    Controller certificateCleaningController(Informers informers, ApiClients clients, LeaderElector elector) {
        Informer<CertificateSigningRequest> requests = requests(informers);
        return Controller.builder("csrcleaner")
                .reconciler(new CleaningReconciler(requests, api(clients, elector), Clock.systemUTC()))
                .reconciling(requests, TYPE.kind())
                .build();
    }
}
