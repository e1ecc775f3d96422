package io.kybern.systemtests;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/**
 * Runs in a pod of the cluster, on a bare Java runtime: admission and conversion webhooks, a small aggregated API and some metrics. Its answers are
 * put together from text, as the runtime has no JSON.
 */
final class ExtensionServer {

    static final String PASSWORD = "changeit";
    static final int PORT = 8443;

    private static final Pattern UID = Pattern.compile("\"uid\":\"([^\"]+)\"");
    private static final Pattern DESIRED = Pattern.compile("\"desiredAPIVersion\":\"([^\"]+)\"");

    private ExtensionServer() {}

    /** Serves for as long as the pod runs; the one argument is the key store. */
    public static void main(String[] arguments) throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(Path.of(arguments[0]))) {
            keys.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD.toCharArray());
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(managers.getKeyManagers(), null, null);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                SSLServerSocket server =
                        (SSLServerSocket) tls.getServerSocketFactory().createServerSocket(PORT)) {
            while (true) {
                SSLSocket socket = (SSLSocket) server.accept();
                threads.execute(() -> serve(socket));
            }
        }
    }

    private static void serve(SSLSocket socket) {
        try (socket;
                BufferedOutputStream out = new BufferedOutputStream(socket.getOutputStream())) {
            InputStream in = socket.getInputStream();
            String head = head(in);
            if (head.isEmpty()) {
                return;
            }
            String path = head.split(" ", 3)[1].replaceFirst("\\?.*", "");
            String body = new String(in.readNBytes(length(head)), StandardCharsets.UTF_8);
            byte[] answer = answer(path, head, body).getBytes(StandardCharsets.UTF_8);
            out.write(("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
                            + answer.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(answer);
        } catch (IOException e) {
            // a probe that only knocks, or a client that went away
            return;
        }
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        int each = in.read();
        while (each >= 0) {
            head.append((char) each);
            if (head.length() > 3 && head.substring(head.length() - 4).equals("\r\n\r\n")) {
                return head.toString();
            }
            each = in.read();
        }
        return "";
    }

    private static int length(String head) {
        String length = header(head, "content-length");
        return length.isEmpty() ? 0 : Integer.parseInt(length);
    }

    private static String header(String head, String name) {
        for (String line : head.split("\r\n")) {
            if (line.toLowerCase(Locale.ROOT).startsWith(name + ":")) {
                return line.substring(name.length() + 1).strip();
            }
        }
        return "";
    }

    private static String answer(String path, String head, String body) {
        return switch (path) {
            case "/deny" ->
                review(body, "\"allowed\":false,\"status\":{\"message\":\"no entry\"},\"warnings\":[\"knock first\"]");
            case "/mutate" ->
                review(body, "\"allowed\":true,\"patchType\":\"JSONPatch\",\"patch\":\"" + patch() + "\"");
            case "/convert" -> converted(body);
            case "/openapi/v2", "/openapi/v3" -> "{}";
            default -> {
                if (path.startsWith("/hooks/")) {
                    yield review(body, ExtensionHooks.answer(path, body));
                }
                if (ExtensionMetrics.isMetric(path)) {
                    yield ExtensionMetrics.answer(path);
                }
                yield path.endsWith("/visitors") ? visitors(path, head) : resources(path);
            }
        };
    }

    private static String review(String body, String response) {
        return "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"response\":{\"uid\":\""
                + first(UID, body) + "\"," + response + "}}";
    }

    private static String patch() {
        return Base64.getEncoder()
                .encodeToString("[{\"op\":\"add\",\"path\":\"/data/added\",\"value\":\"by webhook\"}]"
                        .getBytes(StandardCharsets.UTF_8));
    }

    /** What is a width in the second version is a size in the first one. */
    private static String converted(String body) {
        String wanted = first(DESIRED, body);
        String other = wanted.endsWith("v2") ? wanted.replaceFirst("v2$", "v1") : wanted.replaceFirst("v1$", "v2");
        int begin = body.indexOf("\"objects\":[") + "\"objects\":".length();
        int depth = 0;
        int end = begin;
        do {
            depth += body.charAt(end) == '[' ? 1 : body.charAt(end) == ']' ? -1 : 0;
            end++;
        } while (depth > 0);
        String objects = body.substring(begin, end).replace("\"" + other + "\"", "\"" + wanted + "\"");
        objects = wanted.endsWith("v2")
                ? objects.replace("\"size\":", "\"width\":")
                : objects.replace("\"width\":", "\"size\":");
        return "{\"kind\":\"ConversionReview\",\"apiVersion\":\"apiextensions.k8s.io/v1\",\"response\":{\"uid\":\""
                + first(UID, body) + "\",\"result\":{\"status\":\"Success\"},\"convertedObjects\":" + objects + "}}";
    }

    private static String first(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? matcher.group(1) : "";
    }

    private static String resources(String path) {
        return "{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\",\"groupVersion\":\""
                + path.replaceFirst("^/apis/", "")
                + "\",\"resources\":[{\"name\":\"visitors\",\"singularName\":\"visitor\",\"namespaced\":false,"
                + "\"kind\":\"Visitor\",\"verbs\":[\"list\"]}]}";
    }

    /** Lists one visitor: whoever asks. */
    private static String visitors(String path, String head) {
        String version = path.replaceFirst("^/apis/", "").replaceFirst("/visitors$", "");
        return "{\"kind\":\"VisitorList\",\"apiVersion\":\"" + version
                + "\",\"metadata\":{},\"items\":[{\"kind\":\"Visitor\",\"apiVersion\":\"" + version
                + "\",\"metadata\":{\"name\":\"" + header(head, "x-remote-user").replace(':', '-') + "\"}}]}";
    }
}
