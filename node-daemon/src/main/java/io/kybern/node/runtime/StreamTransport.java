package io.kybern.node.runtime;

import com.github.dockerjava.transport.DockerHttpClient;
import java.io.IOException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Streams of the engine, each on a connection of its own that goes with it: a crowd that reads logs leaves no connections. */
final class StreamTransport implements DockerHttpClient {

    private static final Logger log = LoggerFactory.getLogger(StreamTransport.class);

    private final Supplier<DockerHttpClient> maker;

    StreamTransport(Supplier<DockerHttpClient> maker) {
        this.maker = maker;
    }

    @Override
    public Response execute(Request request) {
        DockerHttpClient own = maker.get();
        try {
            return new HeldResponse(own.execute(request), () -> close(own));
        } catch (RuntimeException failed) {
            close(own);
            throw failed;
        }
    }

    private static void close(DockerHttpClient own) {
        try {
            own.close();
        } catch (IOException broken) {
            log.atDebug().setCause(broken).log("a stream of the engine was not closed in an orderly way");
        }
    }

    /** Nothing is held but by the streams. */
    @Override
    public void close() {}
}
