package io.kybern.examples.guestbook;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;

/** The guestbook over HTTP: the page, the form that it sends, its style, and a page for probes that asks nobody else. */
final class WebServer {

    private static final System.Logger LOG = System.getLogger(WebServer.class.getName());
    private static final int LONGEST_FORM_BYTES = 16 * 1024;
    private static final String HTML = "text/html; charset=utf-8";

    private final Guestbook guestbook;
    private final Page page;
    private final byte[] style;
    private final HttpServer server;

    WebServer(Guestbook guestbook, Page page, int port) throws IOException {
        this.guestbook = guestbook;
        this.page = page;
        this.style = style();
        this.server = HttpServer.create(new InetSocketAddress(port), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
    }

    /** Starts to answer. */
    void start() {
        server.start();
    }

    /** Takes no more requests and gives those under way a moment. */
    void stop() {
        server.stop(2);
    }

    int port() {
        return server.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String asked =
                    exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
            switch (asked) {
                case "GET /" -> show(exchange);
                case "POST /" -> sign(exchange);
                case "GET /style.css" -> answer(exchange, 200, "text/css; charset=utf-8", style);
                case "GET /healthz" -> answer(exchange, 200, "text/plain; charset=utf-8", "ok\n".getBytes(UTF_8));
                default -> answer(exchange, 404, HTML, page.html("There is no such page.", Page.Draft.EMPTY));
            }
        }
    }

    private void show(HttpExchange exchange) throws IOException {
        String html;
        int code = 200;
        try {
            html = page.html(guestbook.read(seen(exchange)));
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "no follower gave the messages", e);
            html = page.html("The messages cannot be read just now: no follower of Redis answers.", Page.Draft.EMPTY);
            code = 503;
        }
        answer(exchange, code, HTML, html);
    }

    private static EntryId seen(HttpExchange exchange) {
        String query = exchange.getRequestURI().getRawQuery();
        return EntryId.parse(form(query == null ? "" : query).getOrDefault("seen", ""))
                .orElse(Guestbook.NOTHING_SEEN);
    }

    private void sign(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(LONGEST_FORM_BYTES + 1);
        Map<String, String> form = body.length > LONGEST_FORM_BYTES ? Map.of() : form(new String(body, UTF_8));
        Page.Draft draft = new Page.Draft(
                form.getOrDefault("author", "").strip(),
                form.getOrDefault("text", "").strip());
        if (draft.author().isEmpty() || draft.text().isEmpty()) {
            answer(exchange, 400, HTML, page.html("A name and a message are wanted, of at most 16 KiB.", draft));
            return;
        }
        EntryId written;
        try {
            written = guestbook.write(draft.author(), draft.text());
        } catch (IOException e) {
            LOG.log(System.Logger.Level.WARNING, "a message was not written", e);
            answer(exchange, 503, HTML, page.html("This was not written for sure. Try again in a moment.", draft));
            return;
        }
        // a page that can be reloaded without signing twice, and says what the follower that answers must have
        exchange.getResponseHeaders().set("Location", "/?seen=" + written);
        exchange.sendResponseHeaders(303, -1);
    }

    /** The fields of a form; a field that cannot be decoded counts as absent. */
    static Map<String, String> form(String body) {
        Map<String, String> fields = new HashMap<>();
        for (String field : body.split("&")) {
            int equals = field.indexOf('=');
            if (equals > 0) {
                try {
                    fields.put(field.substring(0, equals), URLDecoder.decode(field.substring(equals + 1), UTF_8));
                } catch (IllegalArgumentException e) {
                    LOG.log(System.Logger.Level.DEBUG, "a field of a form is not encoded", e);
                }
            }
        }
        return fields;
    }

    private static void answer(HttpExchange exchange, int code, String type, String text) throws IOException {
        answer(exchange, code, type, text.getBytes(UTF_8));
    }

    private static void answer(HttpExchange exchange, int code, String type, byte[] body) throws IOException {
        var headers = exchange.getResponseHeaders();
        headers.set("Content-Type", type);
        headers.set("Cache-Control", "no-store");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set(
                "Content-Security-Policy",
                "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'");
        exchange.sendResponseHeaders(code, body.length);
        exchange.getResponseBody().write(body);
    }

    private static byte[] style() {
        try (InputStream css = WebServer.class.getResourceAsStream("style.css")) {
            if (css == null) {
                throw new IllegalStateException("style.css is not on the class path");
            }
            return css.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
