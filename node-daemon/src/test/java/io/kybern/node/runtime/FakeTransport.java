package io.kybern.node.runtime;

import com.github.dockerjava.transport.DockerHttpClient;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

/** A transport that answers at once, with a word, and remembers that it was closed. */
final class FakeTransport implements DockerHttpClient {

    static final Request REQUEST = Request.builder()
            .method(Request.Method.GET)
            .path("/containers/json")
            .build();

    boolean closed;
    boolean refuses;

    @Override
    public Response execute(Request request) {
        if (refuses) {
            throw new IllegalStateException("refused");
        }
        return new Response() {
            @Override
            public int getStatusCode() {
                return 200;
            }

            @Override
            public Map<String, List<String>> getHeaders() {
                return Map.of();
            }

            @Override
            public InputStream getBody() {
                return new ByteArrayInputStream(new byte[] {'w'});
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public void close() {
        closed = true;
    }
}
