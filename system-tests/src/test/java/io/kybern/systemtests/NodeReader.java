package io.kybern.systemtests;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Reads pages of a node's API from inside a pod and prints each as a line with its status, and the page. Like most programs that do so
 * it does not mind whose certificate the node shows: the node's address is not in it.
 */
public final class NodeReader {

    /** What each page begins with, before its status. */
    static final String MARK = "=== ";

    private NodeReader() {}

    /** @param arguments a file with a token, or "-" for none, and the addresses */
    public static void main(String[] arguments) throws IOException, GeneralSecurityException, InterruptedException {
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, new TrustManager[] {new Anyone()}, new SecureRandom());
        try (HttpClient client = HttpClient.newBuilder().sslContext(tls).build()) {
            for (int i = 1; i < arguments.length; i++) {
                HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(arguments[i]));
                if (!arguments[0].equals("-")) {
                    request.header(
                            "Authorization",
                            "Bearer " + Files.readString(Path.of(arguments[0])).strip());
                }
                HttpResponse<String> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
                IO.println(MARK + answer.statusCode() + "\n" + answer.body());
            }
        }
    }

    /** A page as it was printed. */
    record Page(int status, String body) {

        static List<Page> parse(String output) {
            List<Page> pages = new ArrayList<>();
            for (String each : ("\n" + output).split("\n" + MARK)) {
                if (!each.isEmpty()) {
                    String[] parts = each.split("\n", 2);
                    pages.add(new Page(Integer.parseInt(parts[0].strip()), parts.length > 1 ? parts[1].strip() : ""));
                }
            }
            return pages;
        }
    }

    static final class Anyone extends X509ExtendedTrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
