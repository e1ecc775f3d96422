package io.kybern.dns.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.dns.adapter.UpstreamClient;
import io.kybern.dns.core.SampleCluster;
import io.kybern.dns.wire.Answer;
import io.kybern.dns.wire.Reply;
import io.kybern.dns.wire.ResponseCode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DnsServerTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final SampleCluster upstreamCluster = new SampleCluster();
    private final DnsServer upstream = serve(upstreamCluster, "cluster.local", List.of(), PATIENCE);

    @AfterEach
    void stop() {
        upstream.stop();
    }

    @Test
    void answersOverUdp() throws Exception {
        byte[] answer = new UpstreamClient(List.of(address(upstream)), PATIENCE)
                .ask(question("web.shop.svc.cluster.local"), false);

        Answer read = Reply.read(answer);
        assertThat(read.code()).isEqualTo(ResponseCode.NOERROR);
        assertThat(read.records()).hasSize(1);
        assertThat(read.records().getFirst().name()).isEqualTo("web.shop.svc.cluster.local");
    }

    @Test
    void whatUdpDoesNotCarryIsMarkedAndComesOverTcp() throws Exception {
        upstreamCluster.grow(100);
        UpstreamClient client = new UpstreamClient(List.of(address(upstream)), PATIENCE);
        byte[] question = question("db.shop.svc.cluster.local");

        byte[] brief = client.ask(question, false);
        assertThat(brief).hasSizeLessThanOrEqualTo(512);
        assertThat(Reply.isTruncated(brief)).isTrue();
        assertThat(Reply.read(brief).records()).isNotEmpty();

        byte[] whole = client.ask(question, true);
        assertThat(Reply.isTruncated(whole)).isFalse();
        assertThat(Reply.read(whole).records()).hasSize(102);
    }

    @Test
    void otherNamesAreAskedUpstreamAndTheAnswerKeepsTheAskersNumber() throws Exception {
        DnsServer server = serve(new SampleCluster(), "other.local", List.of(address(upstream)), PATIENCE);
        try {
            byte[] answer = exchange(server, question("web.shop.svc.cluster.local"));

            assertThat(Arrays.copyOf(answer, 2)).containsExactly(0x12, 0x34);
            assertThat(Reply.read(answer).records()).hasSize(1);
        } finally {
            server.stop();
        }
    }

    @Test
    void aSilentUpstreamMakesTheServerFail() throws Exception {
        try (DatagramSocket silent = new DatagramSocket(ANY_PORT)) {
            DnsServer server = serve(
                    new SampleCluster(),
                    "cluster.local",
                    List.of((InetSocketAddress) silent.getLocalSocketAddress()),
                    Duration.ofMillis(500));
            try {
                assertThat(Reply.read(exchange(server, question("example.com"))).code())
                        .isEqualTo(ResponseCode.SERVFAIL);
            } finally {
                server.stop();
            }
        }
    }

    @Test
    void aMessageThatIsNoQuestionIsRefused() throws Exception {
        byte[] cutOff = Arrays.copyOf(question("web.shop.svc.cluster.local"), 20);

        assertThat(exchange(upstream, cutOff)[3] & 0x0F).isEqualTo(ResponseCode.FORMERR.ordinal());
    }

    private static DnsServer serve(
            SampleCluster cluster, String domain, List<InetSocketAddress> upstream, Duration patience) {
        QueryHandler handler = new QueryHandler(
                cluster.zone(domain), new UpstreamClient(upstream, patience), 10, new SimpleMeterRegistry());
        DnsServer server = new DnsServer(ANY_PORT, handler);
        server.start();
        return server;
    }

    private static InetSocketAddress address(DnsServer server) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port());
    }

    private static byte[] exchange(DnsServer server, byte[] question) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.send(new DatagramPacket(question, question.length, address(server)));
            DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
            socket.receive(packet);
            return Arrays.copyOf(packet.getData(), packet.getLength());
        }
    }

    private static byte[] question(String name) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0});
        for (String label : name.split("\\.")) {
            out.write(label.length());
            out.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
        }
        out.writeBytes(new byte[] {0, 0, 1, 0, 1});
        return out.toByteArray();
    }
}
