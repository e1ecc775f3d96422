package io.kybern.node.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StrangersTest {

    private final Strangers strangers = new Strangers(2);

    private EmbeddedChannel connection() {
        EmbeddedChannel channel = new EmbeddedChannel(strangers);
        channel.freezeTime();
        return channel;
    }

    private static void wait(EmbeddedChannel channel) {
        channel.advanceTimeBy(Strangers.PATIENCE.toSeconds() + 1, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
    }

    @Test
    void whoIsNotAdmittedInTimeIsTurnedAway() {
        EmbeddedChannel stranger = connection();
        EmbeddedChannel client = connection();
        strangers.admitted(client);
        wait(stranger);
        wait(client);
        assertThat(stranger.isOpen()).isFalse();
        assertThat(client.isOpen()).isTrue();
    }

    @Test
    void theEldestStrangerMakesRoomForTheNewest() {
        EmbeddedChannel client = connection();
        strangers.admitted(client);
        EmbeddedChannel eldest = connection();
        EmbeddedChannel younger = connection();
        EmbeddedChannel newest = connection();
        assertThat(eldest.isOpen()).isFalse();
        assertThat(client.isOpen() && younger.isOpen() && newest.isOpen()).isTrue();
        younger.close();
        EmbeddedChannel another = connection();
        assertThat(newest.isOpen() && another.isOpen())
                .as("one that has gone leaves its place")
                .isTrue();
    }
}
