package io.kybern.node.probes;

import io.fabric8.kubernetes.api.model.HTTPGetAction;
import io.fabric8.kubernetes.api.model.HTTPHeader;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One GET as a probe makes it: any {@code Host} header, no certificate check, redirects followed only on the same host. A
 * client of its own, because the JDK's neither lets the Host header be set nor skips the check per request.
 */
final class HttpCheck {

    private static final Logger log = LoggerFactory.getLogger(HttpCheck.class);
    private static final int MAX_REDIRECTS = 10;
    private static final int MAX_BODY_BYTES = 10 * 1024;
    private static final int MAX_HEADER_BYTES = 64 * 1024;

    private final SSLContext anyCertificate;

    HttpCheck() {
        try {
            anyCertificate = SSLContext.getInstance("TLS");
            anyCertificate.init(null, new TrustManager[] {new TrustAll()}, new SecureRandom());
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every JDK has TLS", impossible);
        }
    }

    ProbeOutcome get(HTTPGetAction action, ProbeTarget target, Duration timeout) {
        String scheme = action.getScheme() == null ? "http" : action.getScheme().toLowerCase(Locale.ROOT);
        String host = action.getHost() == null || action.getHost().isEmpty() ? target.podIp() : action.getHost();
        String path = action.getPath() == null || action.getPath().isEmpty() ? "/" : action.getPath();
        if (!path.startsWith("/")) {
            path = "/" + path;
        }
        int port = target.port(action.getPort());
        if (port <= 0) {
            return ProbeOutcome.unknown("couldn't find port: " + action.getPort());
        }
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("User-Agent", "kube-probe/1.36");
        headers.put("Accept", "*/*");
        if (action.getHttpHeaders() != null) {
            for (HTTPHeader h : action.getHttpHeaders()) {
                headers.put(h.getName(), h.getValue());
            }
        }
        long deadline = System.nanoTime() + timeout.toNanos();
        URI uri = URI.create(scheme + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port)
                .resolve(encoded(path));
        try {
            return follow(uri, headers, deadline);
        } catch (SocketTimeoutException late) {
            return ProbeOutcome.failure(
                    "Get \"" + uri + "\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
        } catch (IOException broken) {
            return ProbeOutcome.failure("Get \"" + uri + "\": " + Dialing.words(host, port, broken));
        }
    }

    private static String encoded(String path) {
        return path.replace(" ", "%20");
    }

    private ProbeOutcome follow(URI first, Map<String, String> headers, long deadline) throws IOException {
        URI uri = first;
        for (int i = 0; i < MAX_REDIRECTS; i++) {
            Answer answer = once(uri, first.getHost(), headers, deadline);
            int code = answer.head().status();
            URI next = answer.head().next(uri);
            if (next != null) {
                if (!first.getHost().equals(next.getHost())) {
                    return ProbeOutcome.warning("Probe terminated redirects, Response body: " + answer.body());
                }
                uri = next;
                continue;
            }
            if (code >= 200 && code < 400) {
                return ProbeOutcome.success(answer.body());
            }
            return ProbeOutcome.failure("HTTP probe failed with statuscode: " + code);
        }
        return ProbeOutcome.failure("Get \"" + uri + "\": stopped after 10 redirects");
    }

    /** @param length of the body, as far as it is told */
    private record Head(int status, @Nullable String location, int length) {

        /** Where it leads, if it does. */
        @Nullable
        URI next(URI asked) {
            return location != null && status >= 300 && status < 400 ? asked.resolve(location) : null;
        }
    }

    private record Answer(Head head, String body) {}

    private Answer once(URI uri, String only, Map<String, String> headers, long deadline) throws IOException {
        boolean tls = "https".equals(uri.getScheme());
        int port = uri.getPort() > 0 ? uri.getPort() : tls ? 443 : 80;
        String host = uri.getHost().replace("[", "").replace("]", "");
        Socket plain = new Socket();
        try (plain) {
            plain.connect(new InetSocketAddress(host, port), left(deadline));
            plain.setSoTimeout(left(deadline));
            Socket socket = tls ? anyCertificate.getSocketFactory().createSocket(plain, host, port, true) : plain;
            socket.getOutputStream().write(request(uri, headers));
            socket.getOutputStream().flush();
            InputStream in = new BufferedInputStream(socket.getInputStream());
            Head head = head(socket, in, deadline);
            URI next = head.next(uri);
            // the verdict needs no body; what is at hand goes into messages, and the whole of it where it is all that
            // there is to tell
            byte[] body = next == null || only.equals(next.getHost())
                    ? in.readNBytes(Math.min(in.available(), MAX_BODY_BYTES))
                    : body(socket, in, Math.min(head.length(), MAX_BODY_BYTES), deadline);
            return new Answer(head, new String(body, StandardCharsets.UTF_8));
        }
    }

    private static byte[] request(URI uri, Map<String, String> headers) {
        String target = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        if (uri.getRawQuery() != null) {
            target += "?" + uri.getRawQuery();
        }
        StringBuilder out = new StringBuilder("GET ").append(target).append(" HTTP/1.1\r\n");
        Map<String, String> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        all.put("Host", uri.getAuthority());
        all.putAll(headers);
        all.put("Connection", "close");
        all.forEach((k, v) -> out.append(k).append(": ").append(v).append("\r\n"));
        return out.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    private static Head head(Socket socket, InputStream in, long deadline) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            socket.setSoTimeout(left(deadline));
            int b = in.read();
            if (b < 0) {
                throw new IOException("EOF");
            }
            head.append((char) b);
            if (head.length() > MAX_HEADER_BYTES) {
                throw new IOException("net/http: server response headers exceeded " + MAX_HEADER_BYTES + " bytes");
            }
        }
        String[] lines = head.toString().split("\r\n");
        String[] status = lines[0].split(" ", 3);
        if (status.length < 2 || !status[0].startsWith("HTTP/")) {
            throw new IOException("net/http: malformed HTTP response \"" + lines[0] + "\"");
        }
        String location = null;
        for (String line : lines) {
            if (line.regionMatches(true, 0, "location:", 0, 9)) {
                location = line.substring(9).strip();
            }
        }
        return new Head(Integer.parseInt(status[1]), location, length(lines));
    }

    /** What arrives of the body within the probe's time. */
    private static byte[] body(Socket socket, InputStream in, int length, long deadline) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] piece = new byte[length];
        try {
            while (body.size() < length) {
                socket.setSoTimeout(left(deadline));
                int count = in.read(piece, 0, length - body.size());
                if (count < 0) {
                    break;
                }
                body.write(piece, 0, count);
            }
        } catch (SocketTimeoutException late) {
            log.atTrace().log("what there is of the body must do");
        }
        return body.toByteArray();
    }

    private static int length(String[] head) {
        for (String line : head) {
            String value = line.regionMatches(true, 0, "content-length:", 0, 15)
                    ? line.substring(15).strip()
                    : "";
            if (value.matches("\\d{1,9}")) {
                return Integer.parseInt(value);
            }
        }
        return 0;
    }

    private static int left(long deadline) throws SocketTimeoutException {
        long millis = (deadline - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
            throw new SocketTimeoutException("deadline");
        }
        return (int) Math.min(millis, Integer.MAX_VALUE);
    }

    /** Probes ask whether something answers, not who. */
    private static final class TrustAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
