package io.kybern.node.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyPlannerTest {

    private static final ServicePort.Endpoint HERE = new ServicePort.Endpoint("10.244.1.2", 8080, true);
    private static final ServicePort.Endpoint THERE = new ServicePort.Endpoint("10.244.2.2", 8080, false);
    private static final ServicePort.Traffic CLUSTER = new ServicePort.Traffic(false, false);

    private final ProxyPlanner planner = new ProxyPlanner("10.244.0.0/16");

    private static ServicePort web(ServicePort.Traffic traffic, int affinity, List<ServicePort.Endpoint> endpoints) {
        return new ServicePort(
                "default", "web", "http", "TCP", "10.96.0.7", 80, 30080, List.of(), traffic, affinity, endpoints);
    }

    private List<String> nat(ProxyRules rules, String chain) {
        return rules.nat().rulesByChain().getOrDefault(chain, List.of());
    }

    @Test
    void theClusterIpLeadsToEveryEndpointWithEqualChance() {
        ServicePort port = web(CLUSTER, 0, List.of(HERE, THERE));
        ProxyRules rules = planner.plan(List.of(port));

        assertThat(nat(rules, "KUBE-SERVICES").getFirst())
                .startsWith("-d 10.96.0.7/32 -p tcp -m tcp --dport 80 ")
                .endsWith("-j " + ChainNames.service(port));
        assertThat(nat(rules, ChainNames.service(port)))
                .satisfiesExactly(
                        masquerade -> assertThat(masquerade)
                                .startsWith("! -s 10.244.0.0/16 -d 10.96.0.7/32")
                                .endsWith("-j KUBE-MARK-MASQ"),
                        first -> assertThat(first)
                                .contains("--probability 0.5000000000")
                                .endsWith("-j " + ChainNames.endpoint(port, HERE)),
                        second -> assertThat(second)
                                .doesNotContain("statistic")
                                .endsWith("-j " + ChainNames.endpoint(port, THERE)));
        assertThat(nat(rules, ChainNames.endpoint(port, THERE)).getLast())
                .endsWith("-j DNAT --to-destination 10.244.2.2:8080");
    }

    @Test
    void theNodePortLeadsThereUnderTheNodesAddress() {
        ServicePort port = web(CLUSTER, 0, List.of(HERE, THERE));
        ProxyRules rules = planner.plan(List.of(port));

        assertThat(nat(rules, "KUBE-NODEPORTS"))
                .singleElement()
                .asString()
                .startsWith("-p tcp -m tcp --dport 30080 ")
                .endsWith("-j " + ChainNames.external(port));
        assertThat(nat(rules, ChainNames.external(port)))
                .satisfiesExactly(mark -> assertThat(mark).endsWith("-j KUBE-MARK-MASQ"), all -> assertThat(all)
                        .isEqualTo("-j " + ChainNames.service(port)));
    }

    @Test
    void externalTrafficThatStaysLocalKeepsItsSourceAndReachesOnlyThisNodesEndpoints() {
        ServicePort port = web(new ServicePort.Traffic(false, true), 0, List.of(HERE, THERE));
        ProxyRules rules = planner.plan(List.of(port));

        assertThat(nat(rules, ChainNames.external(port)).getLast()).isEqualTo("-j " + ChainNames.serviceLocal(port));
        assertThat(nat(rules, ChainNames.serviceLocal(port)))
                .anySatisfy(rule -> assertThat(rule).endsWith(ChainNames.endpoint(port, HERE)))
                .noneSatisfy(rule -> assertThat(rule).endsWith(ChainNames.endpoint(port, THERE)));
    }

    @Test
    void aServiceWithoutEndpointsIsRefusedEverywhere() {
        ProxyRules rules = planner.plan(List.of(web(CLUSTER, 0, List.of())));

        assertThat(rules.filter().rulesByChain().get("KUBE-SERVICES"))
                .singleElement()
                .asString()
                .startsWith("-d 10.96.0.7/32 -p tcp -m tcp --dport 80 ")
                .endsWith("-j REJECT --reject-with icmp-port-unreachable");
        assertThat(rules.filter().rulesByChain().get("KUBE-EXTERNAL-SERVICES"))
                .singleElement()
                .asString()
                .startsWith("-m addrtype --dst-type LOCAL -p tcp -m tcp --dport 30080 ");
        assertThat(nat(rules, "KUBE-NODEPORTS")).isEmpty();
    }

    @Test
    void clientIpAffinityRemembersTheEndpoint() {
        ServicePort port = web(CLUSTER, 100, List.of(HERE, THERE));
        ProxyRules rules = planner.plan(List.of(port));

        String chain = ChainNames.endpoint(port, HERE);
        assertThat(nat(rules, ChainNames.service(port))).anySatisfy(rule -> assertThat(rule)
                .contains("-m recent --name " + chain + " --rcheck --seconds 100 --reap -j " + chain));
        assertThat(nat(rules, chain).getLast()).contains("-m recent --name " + chain + " --set");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyJumpLeadsToAChainThatIsThereWhateverTheServices(long seed) {
        Random random = new Random(seed);
        List<ServicePort> ports = IntStream.range(0, 30)
                .mapToObj(i -> new ServicePort(
                        "ns" + random.nextInt(3),
                        "svc" + i,
                        random.nextBoolean() ? "" : "p",
                        random.nextBoolean() ? "TCP" : "UDP",
                        "10.96.1." + i,
                        80,
                        random.nextBoolean() ? 30000 + i : 0,
                        random.nextInt(4) == 0 ? List.of("192.0.2." + i) : List.of(),
                        new ServicePort.Traffic(random.nextBoolean(), random.nextBoolean()),
                        random.nextInt(3) == 0 ? 60 : 0,
                        IntStream.range(0, random.nextInt(4))
                                .mapToObj(e -> new ServicePort.Endpoint("10.244.0." + e, 80, random.nextBoolean()))
                                .toList()))
                .toList();

        ProxyRules rules = planner.plan(ports);

        assertThat(rules.nat().rulesByChain().values().stream().flatMap(List::stream))
                .as("seed %d", seed)
                .allSatisfy(rule -> {
                    String target = rule.replaceFirst(".*-j (\\S+).*", "$1");
                    assertThat(target.startsWith("KUBE-S")
                                    || target.startsWith("KUBE-E")
                                    || target.startsWith("KUBE-N"))
                            .isEqualTo(rules.nat().chains().contains(target));
                });
        assertThat(rules.nat().chains()).allSatisfy(chain -> assertThat(chain).hasSizeLessThanOrEqualTo(28));
        assertThat(planner.plan(ports)).isEqualTo(rules);
        assertThat(rules.transition(rules)).isEmpty();
    }

    @Test
    void udpFlowsOfVanishedEndpointsEndAndThoseFromBeforeTheFirstEndpointToo() {
        ServicePort with = new ServicePort(
                "kube-system", "kube-dns", "dns", "UDP", "10.96.0.10", 53, 30053, List.of(), CLUSTER, 0, List.of(HERE));
        ServicePort without = new ServicePort(
                "kube-system", "kube-dns", "dns", "UDP", "10.96.0.10", 53, 30053, List.of(), CLUSTER, 0, List.of());

        assertThat(UdpFlows.stale(List.of(with), Collections.emptyList()))
                .containsExactlyInAnyOrder(
                        List.of("--orig-dst", "10.96.0.10", "--dst-nat", "10.244.1.2"),
                        List.of("--dport", "30053", "--dst-nat", "10.244.1.2"));
        assertThat(UdpFlows.stale(List.of(without), List.of(with)))
                .containsExactlyInAnyOrder(List.of("--orig-dst", "10.96.0.10"), List.of("--dport", "30053"));
        assertThat(UdpFlows.stale(List.of(with), List.of(with))).isEmpty();
    }
}
