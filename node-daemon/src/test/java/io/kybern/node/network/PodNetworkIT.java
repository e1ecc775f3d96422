package io.kybern.node.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.kybern.node.command.CommandFailure;
import io.kybern.node.command.CommandRunner;
import io.kybern.node.command.ProcessCommandRunner;
import io.kybern.node.iptables.BaseChains;
import io.kybern.node.iptables.Iptables;
import io.kybern.node.proxy.ProxyRulesFixture;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The pod network and the proxy's rules on a real kernel, in a network namespace that stands for the node. */
@Timeout(240)
class PodNetworkIT {

    private static final PodIdentity SERVER = new PodIdentity("default", "server", "uid-server");
    private static final PodIdentity CLIENT = new PodIdentity("default", "client", "uid-client");

    @TempDir
    private Path directory;

    private final ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor();
    private final CommandRunner host = new ProcessCommandRunner(Duration.ofSeconds(60), readers);
    private final String namespace = "kybern-it-" + ProcessHandle.current().pid();
    private final CommandRunner node = (command, input) -> {
        List<String> inside = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        inside.addAll(command);
        return host.run(inside, input);
    };
    private final List<Process> processes = new ArrayList<>();
    private final Iptables iptables = new Iptables(node);
    private BridgePodNetwork network;

    @BeforeEach
    void setUpNode() {
        assumeTrue("root".equals(System.getProperty("user.name")), "network namespaces need root");
        host.run("ip", "netns", "add", namespace);
        node.run("ip", "link", "set", "lo", "up");
        // an uplink whose other end answers nothing: packets have a way out, and go nowhere
        node.run("ip", "link", "add", "uplink", "type", "veth", "peer", "name", "nowhere");
        node.run("ip", "addr", "add", "192.0.2.1/24", "dev", "uplink");
        node.run("ip", "link", "set", "nowhere", "up");
        node.run("ip", "link", "set", "uplink", "up");
        node.run("ip", "route", "add", "default", "via", "192.0.2.254");
        HostPortRules hostPorts = new HostPortRules(iptables);
        new BaseChains(iptables, "10.244.0.0/16", "10.96.0.0/16").ensure();
        hostPorts.ensure();
        network = new BridgePodNetwork(
                new NetworkProperties("10.244.0.0/16", "10.96.0.0/16", "kybern0", 1500, directory), node, hostPorts);
        network.configure("10.244.1.0/24", List.of());
    }

    @AfterEach
    void tearDownNode() {
        processes.forEach(Process::destroyForcibly);
        host.run("ip", "netns", "del", namespace);
        readers.close();
    }

    private long sandbox() throws IOException {
        Process process = new ProcessBuilder("ip", "netns", "exec", namespace, "unshare", "-n", "sleep", "300").start();
        processes.add(process);
        await("the sandbox has a namespace of its own")
                .until(() -> host.run("nsenter", "-t", String.valueOf(process.pid()), "-n", "ip", "-o", "link")
                                .lines()
                                .count()
                        == 1);
        return process.pid();
    }

    private void serve(long pid, int port, String answer) throws IOException {
        String program =
                "use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalPort => %d, Listen => 5, ReuseAddr => 1) or die;"
                        + " while (my $c = $s->accept) { print $c \"%s from \" . $c->peerhost . \"\\n\"; close $c }";
        processes.add(new ProcessBuilder(
                        "nsenter", "-t", String.valueOf(pid), "-n", "perl", "-e", program.formatted(port, answer))
                .start());
        await("the server listens")
                .ignoreExceptionsInstanceOf(CommandFailure.class)
                .until(() -> ask(pid, "127.0.0.1", port).startsWith(answer));
    }

    private String ask(long pid, String ip, int port) {
        return host.run(
                "nsenter",
                "-t",
                String.valueOf(pid),
                "-n",
                "timeout",
                "30",
                "bash",
                "-c",
                "cat < /dev/tcp/" + ip + "/" + port);
    }

    private String askFromNode(String ip, int port) {
        return node.run("timeout", "30", "bash", "-c", "cat < /dev/tcp/" + ip + "/" + port);
    }

    @Test
    void aPodWhoseJoiningWasInterruptedIsJoinedAnew() throws Exception {
        long pid = sandbox();
        PodAddress address = network.attach(SERVER, pid, List.of());
        // the last step was not taken
        host.run("nsenter", "-t", String.valueOf(pid), "-n", "ip", "route", "del", "default");

        assertThat(network.attach(SERVER, pid, List.of())).isEqualTo(address);

        assertThat(host.run("nsenter", "-t", String.valueOf(pid), "-n", "ip", "route", "show", "default"))
                .contains("via 10.244.1.1");
        String links = node.run("ip", "-o", "link", "show");
        assertThat(network.attach(SERVER, pid, List.of())).isEqualTo(address);
        assertThat(node.run("ip", "-o", "link", "show")).isEqualTo(links);
    }

    @Test
    void podsReachEachOtherServicesAndThemselves() throws IOException {
        long server = sandbox();
        long client = sandbox();
        String serverIp = network.attach(SERVER, server, List.of()).ip();
        String clientIp = network.attach(CLIENT, client, List.of()).ip();
        serve(server, 8080, "hello");

        assertThat(ask(client, serverIp, 8080)).isEqualTo("hello from " + clientIp + "\n");

        iptables.restore(ProxyRulesFixture.service("10.96.0.7", 80, 30080, serverIp, 8080));
        ProxyRulesFixture.jumps(iptables);
        assertThat(ask(client, "10.96.0.7", 80)).isEqualTo("hello from " + clientIp + "\n");
        assertThat(ask(server, "10.96.0.7", 80)).as("a pod reaches itself").startsWith("hello");
        assertThat(askFromNode("192.0.2.1", 30080)).as("the node port").startsWith("hello");
        assertThat(askFromNode("127.0.0.1", 30080))
                .as("the node port on loopback")
                .startsWith("hello");

        iptables.restore(ProxyRulesFixture.withoutEndpoints("10.96.0.7", 80, 30080, serverIp, 8080));
        assertThatThrownBy(() -> ask(client, "10.96.0.7", 80)).hasMessageContaining("Connection refused");
        assertThatThrownBy(() -> ask(client, "10.96.99.99", 80))
                .as("an address of no Service")
                .hasMessageContaining("Connection refused");
    }

    @Test
    void aHostPortLeadsToThePodUntilItIsDetached() throws IOException {
        long server = sandbox();
        network.attach(SERVER, server, List.of(new HostPort("", 9090, 8080, "TCP")));
        serve(server, 8080, "hello");

        assertThat(askFromNode("192.0.2.1", 9090)).startsWith("hello");
        network.detach(SERVER, null);
        assertThatThrownBy(() -> askFromNode("192.0.2.1", 9090)).isInstanceOf(CommandFailure.class);
        assertThat(node.run("iptables-save", "-t", "nat")).doesNotContain("KUBE-HP-");
    }

    @Test
    void attachingAndDetachingMayBeRepeated() throws IOException {
        long server = sandbox();
        PodAddress address = network.attach(SERVER, server, List.of());
        assertThat(network.attach(SERVER, server, List.of())).isEqualTo(address);
        assertThat(network.addressOf(SERVER)).contains(address);

        network.detach(SERVER, address.ip());
        network.detach(SERVER, address.ip());
        assertThat(network.addressOf(SERVER)).isEmpty();
        assertThat(node.run("ip", "-o", "link", "show", "master", "kybern0")).isEmpty();
    }

    @Test
    void strayPacketsOfTheClusterRangeGoNowhereAndPeersComeAndGo() {
        network.configure("10.244.1.0/24", List.of(new PeerNode("node-2", "192.0.2.11", "10.244.2.0/24")));
        assertThat(node.run("ip", "route", "show", "proto", "77")).contains("10.244.2.0/24 via 192.0.2.11");
        network.configure("10.244.1.0/24", List.of());

        assertThat(node.run("ip", "route", "show", "proto", "77"))
                .contains("blackhole 10.244.0.0/16")
                .doesNotContain("10.244.2.0/24");
    }

    @Test
    void connectionsOutliveAChangeOfThePeers() throws IOException {
        long server = sandbox();
        String serverIp = network.attach(SERVER, server, List.of()).ip();
        iptables.restore(ProxyRulesFixture.service("10.96.0.7", 80, 30080, serverIp, 8080));
        ProxyRulesFixture.jumps(iptables);
        Process answering =
                new ProcessBuilder("nsenter", "-t", String.valueOf(server), "-n", "perl", "-e", """
                use IO::Socket::INET; $| = 1;
                my $s = IO::Socket::INET->new(LocalPort => 8080, Listen => 5) or die; print "listens\\n";
                my $c = $s->accept; print $c "hello\\n"; $c->flush; <$c>; print $c "hello again\\n";
                """).start();
        processes.add(answering);
        assertThat(answering.inputReader().readLine()).isEqualTo("listens");
        Process asking = new ProcessBuilder("ip", "netns", "exec", namespace, "bash", "-c", """
                exec 3<>/dev/tcp/192.0.2.1/30080; read -r line <&3; echo "$line"; read -r; echo >&3; cat <&3
                """).start();
        processes.add(asking);
        assertThat(asking.inputReader().readLine()).isEqualTo("hello");

        network.configure("10.244.1.0/24", List.of(new PeerNode("node-2", "192.0.2.11", "10.244.2.0/24")));

        asking.outputWriter().append('\n').flush();
        assertThat(asking.inputReader().readLine()).isEqualTo("hello again");
    }
}
