package io.kybern.node.runtime;

import com.github.dockerjava.transport.DockerHttpClient;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A response that tells, once, when its reader is done with it: by closing it, or its body, which is all that some readers have. */
final class HeldResponse implements DockerHttpClient.Response {

    private final DockerHttpClient.Response response;
    private final Runnable done;
    private final AtomicBoolean told = new AtomicBoolean();

    HeldResponse(DockerHttpClient.Response response, Runnable done) {
        this.response = response;
        this.done = done;
    }

    @Override
    public int getStatusCode() {
        return response.getStatusCode();
    }

    @Override
    public Map<String, List<String>> getHeaders() {
        return response.getHeaders();
    }

    @Override
    public @Nullable String getHeader(String name) {
        return response.getHeader(name);
    }

    @Override
    public InputStream getBody() {
        return new FilterInputStream(response.getBody()) {
            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                return in.read(target, offset, length);
            }

            @Override
            public void close() throws IOException {
                try {
                    super.close();
                } finally {
                    tell();
                }
            }
        };
    }

    @Override
    public void close() {
        try {
            response.close();
        } finally {
            tell();
        }
    }

    private void tell() {
        if (told.compareAndSet(false, true)) {
            done.run();
        }
    }
}
