package io.kybern.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.PullImageCmd;
import com.github.dockerjava.core.command.PullImageCmdImpl;
import com.github.dockerjava.transport.DockerHttpClient;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DockerImagesTest {

    /** Something of which one thing only is asked. */
    private static <T> T answering(Class<T> type, Supplier<Object> answer) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> answer.get()));
    }

    @Test
    void aPullForWhichNobodyWaitsAnyMoreIsGivenUp() {
        AtomicBoolean closed = new AtomicBoolean();
        // an engine that begins a pull and never ends it
        PullImageCmd.Exec endless = (command, progress) -> {
            progress.onStart(() -> closed.set(true));
            return null;
        };
        DockerClient engine =
                answering(DockerClient.class, () -> new PullImageCmdImpl(endless, null, "registry/image:1"));
        DockerImages images = new DockerImages(engine, answering(DockerHttpClient.class, () -> null));
        assertThatThrownBy(() -> images.pull(engine, "registry/image:1", null, Duration.ofMillis(1)))
                .isInstanceOf(RuntimeFailure.class)
                .hasMessageContaining("the pull took longer than");
        assertThat(closed).isTrue();
    }
}
