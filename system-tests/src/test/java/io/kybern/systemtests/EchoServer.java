package io.kybern.systemtests;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * Runs in a pod of the cluster, on a bare Java runtime, and tells what reaches it: over HTTP, HTTPS, UDP, and as a gRPC health service
 * that serves everything but the service called "ill".
 */
final class EchoServer {

    static final String PASSWORD = "changeit";
    static final int HTTP_PORT = 8080;
    static final int HTTPS_PORT = 8443;
    static final int UDP_PORT = 8081;
    static final int GRPC_PORT = 5000;

    private static final int HEADERS = 1;
    private static final int SETTINGS = 4;
    private static final int PING = 6;

    private EchoServer() {}

    /** Packs this program for a pod. */
    static void writeJar(Path jar) {
        ClassJar.write(jar, EchoServer.class, Talk.class);
    }

    /** Serves for as long as the pod runs; the argument, if there is one, is the key store for HTTPS. */
    public static void main(String[] arguments) throws IOException, GeneralSecurityException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                ServerSocket http = new ServerSocket(HTTP_PORT);
                ServerSocket grpc = new ServerSocket(GRPC_PORT);
                DatagramSocket udp = new DatagramSocket(UDP_PORT)) {
            threads.submit(() -> accept(threads, http, EchoServer::answerHttp));
            threads.submit(() -> accept(threads, grpc, EchoServer::answerHealth));
            if (arguments.length > 0) {
                ServerSocket https =
                        tls(Path.of(arguments[0])).getServerSocketFactory().createServerSocket(HTTPS_PORT);
                threads.submit(() -> accept(threads, https, EchoServer::answerHttp));
            }
            while (true) {
                DatagramPacket packet = new DatagramPacket(new byte[1500], 1500);
                udp.receive(packet);
                byte[] answer = (host() + " "
                                + new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8))
                        .getBytes(StandardCharsets.UTF_8);
                udp.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            }
        }
    }

    private static String host() {
        return System.getenv("HOSTNAME");
    }

    private static SSLContext tls(Path store) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            keys.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    /** How one connection is served. */
    private interface Talk {
        void with(InputStream in, OutputStream out, Socket socket) throws IOException;
    }

    private static Void accept(ExecutorService threads, ServerSocket server, Talk talk) throws IOException {
        while (true) {
            Socket each = server.accept();
            threads.execute(() -> {
                try (Socket socket = each;
                        OutputStream out = new BufferedOutputStream(socket.getOutputStream())) {
                    talk.with(socket.getInputStream(), out, socket);
                } catch (IOException e) {
                    // a probe that only knocks, or a client that went away
                    return;
                }
            });
        }
    }

    private static void answerHttp(InputStream in, OutputStream out, Socket socket) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int each = in.read();
            if (each < 0) {
                return;
            }
            head.append((char) each);
        }
        String[] words = head.toString().split(" ", 3);
        String type = "text/plain";
        String body;
        if (words[1].startsWith("/page")) {
            type = "text/html";
            body = "<html><body><a href=\"/rewriteme\">test</a></body></html>";
        } else if (words[1].startsWith("/host")) {
            body = host();
        } else if (words[1].startsWith("/datagram/")) {
            body = datagram(words[1].split("/")[2], Integer.parseInt(words[1].split("/")[3]));
        } else if (words[1].startsWith("/client")) {
            body = socket.getInetAddress().getHostAddress();
        } else {
            body = "%s %s %d %d"
                    .formatted(
                            words[0], words[1], socket.getLocalPort(), in.readNBytes(length(head.toString())).length);
        }
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        out.write(
                ("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nConnection: close\r\nX-Method: %s\r\nContent-Length: %d\r\n\r\n"
                                .formatted(type, words[0], bytes.length))
                        .getBytes(StandardCharsets.US_ASCII));
        if (!words[0].equals("HEAD")) {
            out.write(bytes);
        }
    }

    /** What comes back when a greeting is sent there. */
    private static String datagram(String host, int port) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.setSoTimeout(2000);
            byte[] greeting = "hello".getBytes(StandardCharsets.UTF_8);
            socket.send(new DatagramPacket(greeting, greeting.length, InetAddress.getByName(host), port));
            DatagramPacket answer = new DatagramPacket(new byte[1500], 1500);
            socket.receive(answer);
            return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8);
        } catch (SocketTimeoutException lost) {
            return "";
        }
    }

    private static int length(String head) {
        for (String line : head.split("\r\n")) {
            if (line.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
                return Integer.parseInt(line.substring(15).strip());
            }
        }
        return 0;
    }

    /** Just enough of HTTP/2 for one call after the other: SERVING, or NOT_SERVING for whoever asks for "ill". */
    private static void answerHealth(InputStream in, OutputStream out, Socket socket) throws IOException {
        DataInputStream frames = new DataInputStream(in);
        frames.readNBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".length());
        frame(out, SETTINGS, 0, 0, new byte[0]);
        while (true) {
            int length = frames.readUnsignedByte() << 16 | frames.readUnsignedShort();
            int type = frames.readUnsignedByte();
            int flags = frames.readUnsignedByte();
            int stream = frames.readInt();
            byte[] payload = frames.readNBytes(length);
            if (type == SETTINGS && (flags & 1) == 0) {
                frame(out, SETTINGS, 1, 0, new byte[0]);
            } else if (type == PING && (flags & 1) == 0) {
                frame(out, PING, 1, 0, payload);
            } else if (type == 0 && (flags & 1) != 0) {
                boolean ill = new String(payload, StandardCharsets.ISO_8859_1).contains("ill");
                frame(out, HEADERS, 4, stream, fields(":status", "200", "content-type", "application/grpc"));
                frame(out, 0, 0, stream, new byte[] {0, 0, 0, 0, 2, 8, (byte) (ill ? 2 : 1)});
                frame(out, HEADERS, 5, stream, fields("grpc-status", "0"));
            }
        }
    }

    private static void frame(OutputStream out, int type, int flags, int stream, byte[] payload) throws IOException {
        int length = payload.length;
        out.write(new byte[] {
            (byte) (length >> 16),
            (byte) (length >> 8),
            (byte) length,
            (byte) type,
            (byte) flags,
            (byte) (stream >> 24),
            (byte) (stream >> 16),
            (byte) (stream >> 8),
            (byte) stream
        });
        out.write(payload);
        out.flush();
    }

    /** Header fields as literals that are not remembered. */
    private static byte[] fields(String... namesAndValues) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < namesAndValues.length; i++) {
            if (i % 2 == 0) {
                out.write(0);
            }
            byte[] text = namesAndValues[i].getBytes(StandardCharsets.US_ASCII);
            out.write(text.length);
            out.writeBytes(text);
        }
        return out.toByteArray();
    }
}
