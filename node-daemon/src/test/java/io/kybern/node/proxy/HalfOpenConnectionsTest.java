package io.kybern.node.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HalfOpenConnectionsTest {

    private static final String TO_LOST_POD =
            "tcp      6 77 SYN_SENT src=172.28.0.1 dst=172.28.0.12 sport=40500 dport=30209 [UNREPLIED]"
                    + " src=10.244.0.17 dst=172.28.0.12 sport=8080 dport=6947 mark=0 use=1";
    private static final String TO_OTHER_POD =
            "tcp      6 70 SYN_SENT src=172.28.0.1 dst=172.28.0.12 sport=40482 dport=30209 [UNREPLIED]"
                    + " src=10.244.0.16 dst=172.28.0.12 sport=8080 dport=61372 mark=0 use=1";

    private final List<String> commands = new ArrayList<>();
    private final HalfOpenConnections halfOpen = new HalfOpenConnections((command, input) -> {
        commands.add(String.join(" ", command));
        return command.contains("-L") ? TO_LOST_POD + "\n" + TO_OTHER_POD + "\n" : "";
    });

    private static List<ServicePort> to(String... ips) {
        List<ServicePort.Endpoint> endpoints = new ArrayList<>();
        for (String ip : ips) {
            endpoints.add(new ServicePort.Endpoint(ip, 8080, false));
        }
        return List.of(new ServicePort(
                "default",
                "web",
                "",
                "TCP",
                "10.96.0.7",
                80,
                30209,
                List.of(),
                new ServicePort.Traffic(false, false),
                0,
                endpoints));
    }

    @Test
    void whatALostPodNeverAnsweredIsForgotten() {
        halfOpen.clean(to("10.244.0.16", "10.244.0.17"), to("10.244.0.16"));
        assertThat(commands)
                .containsExactly(
                        "conntrack -L -p tcp --state SYN_SENT",
                        "conntrack -D -p tcp --state SYN_SENT --reply-src 10.244.0.17");
    }

    @Test
    void nobodyIsAskedWhileAllEndpointsStay() {
        halfOpen.clean(to("10.244.0.17"), to("10.244.0.17", "10.244.0.16"));
        assertThat(commands).isEmpty();
    }

    @Test
    void anotherPortOfTheAddressIsLeftAlone() {
        List<ServicePort> otherPort = List.of(new ServicePort(
                "default",
                "web",
                "",
                "TCP",
                "10.96.0.7",
                80,
                0,
                List.of(),
                new ServicePort.Traffic(false, false),
                0,
                List.of(new ServicePort.Endpoint("10.244.0.17", 9090, false))));
        halfOpen.clean(otherPort, List.of());
        assertThat(commands).containsExactly("conntrack -L -p tcp --state SYN_SENT");
    }
}
