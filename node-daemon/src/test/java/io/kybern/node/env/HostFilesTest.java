package io.kybern.node.env;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class HostFilesTest {

    private static final String DOMAIN = "cluster.local";

    @Test
    void aPodMayHaveQuiteAnotherNameThanItsOwn() throws ContainerConfigException {
        Pod pod = pod("p", "t", false);
        pod.getSpec().setHostname("custom");
        pod.getSpec().setHostnameOverride("override.example.host");
        assertThat(HostFiles.kernelHostname(pod, DOMAIN)).isEqualTo("override.example.host");
        assertThat(HostFiles.hosts(pod, List.of("10.0.0.1"), DOMAIN)).endsWith("\n10.0.0.1\toverride.example.host\n");
    }

    @Test
    void theFullNameIsTheKernelsOnlyIfThePodWantsIt() throws ContainerConfigException {
        assertThat(HostFiles.kernelHostname(pod("p", "t", false), DOMAIN)).isEqualTo("p");
        assertThat(HostFiles.kernelHostname(pod("p", "t", true), DOMAIN)).isEqualTo("p.t.ns.svc.cluster.local");
        assertThat(HostFiles.kernelHostname(pod("p", null, true), DOMAIN)).isEqualTo("p");
        assertThat(HostFiles.hosts(pod("p", "t", false), List.of("10.0.0.1"), DOMAIN))
                .endsWith("\n10.0.0.1\tp.t.ns.svc.cluster.local\tp\n");
    }

    @Test
    void aNameThatTheKernelDoesNotTakeIsAFault() {
        Pod pod = pod("p".repeat(50), "t", true);
        assertThatThrownBy(() -> HostFiles.kernelHostname(pod, DOMAIN))
                .hasMessage("failed to construct FQDN from Pod hostname and cluster domain, FQDN " + "p".repeat(50)
                        + ".t.ns.svc.cluster.local is too long (64 characters is the max, 73 characters requested)");
    }

    private static Pod pod(String name, String subdomain, boolean full) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace("ns")
                .endMetadata()
                .withNewSpec()
                .withSubdomain(subdomain)
                .withSetHostnameAsFQDN(full)
                .endSpec()
                .build();
    }
}
