package io.kybern.dns.adapter;

import io.kybern.dns.core.Upstream;
import io.kybern.dns.wire.Reply;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * Asks the upstream name servers, one after the other, all within one time limit. Each question goes out from a port and under
 * a number of its own, both hard to guess.
 */
public final class UpstreamClient implements Upstream {

    private static final int LARGEST_MESSAGE_BYTES = 65_535;

    private final List<InetSocketAddress> servers;
    private final Duration timeout;
    private final SecureRandom random = new SecureRandom();

    /** @param timeout for the whole of a question */
    public UpstreamClient(List<InetSocketAddress> servers, Duration timeout) {
        this.servers = List.copyOf(servers);
        this.timeout = timeout;
    }

    @Override
    public byte[] ask(byte[] query, boolean complete) throws IOException {
        long deadline = System.nanoTime() + timeout.toNanos();
        byte[] asked = query.clone();
        byte[] number = new byte[2];
        random.nextBytes(number);
        asked[0] = number[0];
        asked[1] = number[1];
        IOException last = new IOException("no upstream name server is known");
        for (int i = 0; i < servers.size(); i++) {
            long share = (deadline - System.nanoTime()) / (servers.size() - i);
            try {
                byte[] answer = askOverUdp(servers.get(i), asked, System.nanoTime() + share);
                if (complete && Reply.isTruncated(answer)) {
                    answer = askOverTcp(servers.get(i), asked, deadline);
                }
                answer[0] = query[0];
                answer[1] = query[1];
                return answer;
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }

    private static byte[] askOverUdp(InetSocketAddress server, byte[] asked, long deadline) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(server);
            socket.send(new DatagramPacket(asked, asked.length));
            DatagramPacket packet = new DatagramPacket(new byte[LARGEST_MESSAGE_BYTES], LARGEST_MESSAGE_BYTES);
            while (true) {
                socket.setSoTimeout(millisUntil(deadline));
                packet.setLength(LARGEST_MESSAGE_BYTES);
                socket.receive(packet);
                byte[] answer = Arrays.copyOf(packet.getData(), packet.getLength());
                if (Reply.answers(answer, asked)) {
                    return answer;
                }
            }
        }
    }

    private static byte[] askOverTcp(InetSocketAddress server, byte[] asked, long deadline) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(server, millisUntil(deadline));
            socket.setSoTimeout(millisUntil(deadline));
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            byte[] framed = new byte[asked.length + 2];
            framed[0] = (byte) (asked.length >>> 8);
            framed[1] = (byte) asked.length;
            System.arraycopy(asked, 0, framed, 2, asked.length);
            out.write(framed);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] answer = in.readNBytes(in.readUnsignedShort());
            if (!Reply.answers(answer, asked)) {
                throw new IOException("the upstream name server answered something else");
            }
            return answer;
        }
    }

    private static int millisUntil(long deadline) throws SocketTimeoutException {
        long millis = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
        if (millis <= 0) {
            throw new SocketTimeoutException("no upstream name server answered in time");
        }
        return (int) millis;
    }
}
