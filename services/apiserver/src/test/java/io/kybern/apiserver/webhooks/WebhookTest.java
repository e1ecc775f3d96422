package io.kybern.apiserver.webhooks;

import io.kybern.apiserver.endpoints.WritesUnderTest;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Writes in a namespace {@code a}, with webhooks that are reached over TLS. */
public abstract class WebhookTest {

    @TempDir
    static Path directory;

    /** The webhooks of all tests of a class. */
    protected static WebhookServer server;

    /** New for each test. */
    protected WritesUnderTest api;

    @BeforeAll
    static void startServer() {
        server = WebhookServer.start(directory);
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void startApi() {
        server.reset();
        api = new WritesUnderTest((namespace, name, port) -> server.client());
        WritesUnderTest.made(
                api.create("/api/v1/namespaces", json("{'metadata':{'name':'a','labels':{'hooks':'yes'}}}")));
    }

    @AfterEach
    void stopApi() {
        api.close();
    }

    /** JSON from a text with single quotes. */
    protected static String json(String text) {
        return text.replace('\'', '"');
    }
}
