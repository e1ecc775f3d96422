package io.kybern.systemtests;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A headless Chromium, driven by its own driver through the WebDriver protocol (<a href="https://www.w3.org/TR/webdriver2/">W3C</a>).
 * The dozen commands that a test needs are plain HTTP, so there is no need of a library with its own.
 */
final class Browser implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** A page that hangs, as one does whose connection was to a pod that is gone, is an error, and may be opened again. */
    private static final Duration PAGE = Duration.ofSeconds(20);

    private static final Pattern STARTED = Pattern.compile("started successfully on port (\\d+)");
    /** The name of an element reference on the wire, as the protocol fixes it. */
    private static final String ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Process driver;
    private final Path profile;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final URI session;

    private Browser(Process driver, Path profile, String port) {
        this.driver = driver;
        this.profile = profile;
        URI sessions = URI.create("http://127.0.0.1:" + port + "/session");
        this.session = URI.create(sessions + "/"
                + send("POST", sessions, capabilities(profile))
                        .path("sessionId")
                        .asString());
    }

    /** Starts a browser with a profile of its own. */
    static Browser open() {
        try {
            Path profile = Files.createTempDirectory("kybern-browser");
            Process driver = new ProcessBuilder("chromedriver", "--port=0")
                    .redirectErrorStream(true)
                    .start();
            boolean started = false;
            try {
                Browser browser = new Browser(driver, profile, port(driver.inputReader()));
                started = true;
                return browser;
            } finally {
                if (!started) {
                    end(driver, profile);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String port(BufferedReader output) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            Matcher matcher = STARTED.matcher(line);
            if (matcher.find()) {
                // the rest is read as well, or the driver would stand still once the pipe is full
                Thread.ofVirtual().start(() -> output.lines().forEach(ignored -> {}));
                return matcher.group(1);
            }
            lines.add(line);
        }
        throw new AssertionError("chromedriver does not start: " + lines);
    }

    private static Map<String, Object> capabilities(Path profile) {
        List<String> flags = List.of(
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                "--no-proxy-server",
                "--hide-scrollbars",
                "--window-size=860,1120",
                "--user-data-dir=" + profile);
        return Map.of(
                "capabilities",
                Map.of(
                        "alwaysMatch",
                        Map.of(
                                "browserName",
                                "chrome",
                                "timeouts",
                                Map.of("pageLoad", PAGE.toMillis()),
                                "goog:chromeOptions",
                                Map.of("args", flags))));
    }

    /** Opens a page and waits until it is there. */
    void open(String url) {
        command("POST", "/url", Map.of("url", url));
    }

    /** Types into the field that a selector of CSS finds, in place of what is there. */
    void type(String selector, String text) {
        command("POST", element(selector) + "/clear", Map.of());
        command("POST", element(selector) + "/value", Map.of("text", text));
    }

    /** Clicks, and waits for the page that follows. */
    void click(String selector) {
        command("POST", element(selector) + "/click", Map.of());
    }

    /** The text that a visitor sees in the first element found; fails if there is none. */
    String text(String selector) {
        return command("GET", element(selector) + "/text", null).asString();
    }

    /** The texts of all elements found. */
    List<String> texts(String selector) {
        List<String> texts = new ArrayList<>();
        for (JsonNode found : command("POST", "/elements", Map.of("using", "css selector", "value", selector))) {
            texts.add(command("GET", "/element/" + found.path(ELEMENT).asString() + "/text", null)
                    .asString());
        }
        return texts;
    }

    /** Writes a picture of what is in the window. */
    void screenshot(Path file) {
        try {
            Files.createDirectories(file.getParent());
            Files.write(
                    file,
                    Base64.getDecoder()
                            .decode(command("GET", "/screenshot", null).asString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the browser and its driver, and removes the profile. */
    @Override
    public void close() {
        try {
            send("DELETE", session, null);
        } finally {
            end(driver, profile);
        }
    }

    private static void end(Process driver, Path profile) {
        try {
            driver.destroy();
            if (!driver.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                driver.destroyForcibly();
            }
            try (Stream<Path> files = Files.walk(profile)) {
                files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private String element(String selector) {
        JsonNode found = command("POST", "/element", Map.of("using", "css selector", "value", selector));
        return "/element/" + found.path(ELEMENT).asString();
    }

    private JsonNode command(String method, String path, @Nullable Object body) {
        return send(method, URI.create(session + path), body);
    }

    private JsonNode send(String method, URI uri, @Nullable Object body) {
        HttpRequest request = HttpRequest.newBuilder(uri)
                .timeout(PATIENCE)
                .header("Content-Type", "application/json; charset=utf-8")
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))
                .build();
        try {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            JsonNode value = JSON.readTree(response.body()).path("value");
            if (response.statusCode() != 200) {
                throw new AssertionError("%s %s: %s"
                        .formatted(method, uri.getPath(), value.path("message").asString("")));
            }
            return value;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
