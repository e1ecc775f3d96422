package io.kybern.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.transport.DockerHttpClient.Response;
import io.kybern.testing.MutableClock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BreathingTransportTest {

    private static final int CROWD = 4 * BreathingTransport.SPARE;

    private final MutableClock clock = new MutableClock();
    private final List<FakeTransport> made = new ArrayList<>();
    private final BreathingTransport transport = new BreathingTransport(
            () -> {
                FakeTransport next = new FakeTransport();
                made.add(next);
                return next;
            },
            clock);

    private List<Response> begin(int calls) {
        List<Response> responses = new ArrayList<>();
        for (int call = 0; call < calls; call++) {
            responses.add(transport.execute(FakeTransport.REQUEST));
        }
        return responses;
    }

    private void callAfterAWhile() {
        clock.advance(BreathingTransport.QUIET);
        transport.execute(FakeTransport.REQUEST).close();
    }

    @Test
    void connectionsOfARushAreClosedOnceItIsOver() {
        begin(CROWD).forEach(Response::close);
        callAfterAWhile();
        assertThat(made).as("the rush was in the time that is over").hasSize(1);
        callAfterAWhile();
        assertThat(made).hasSize(2);
        assertThat(made.getFirst().closed).isTrue();
        callAfterAWhile();
        callAfterAWhile();
        assertThat(made).as("nothing more is to be gained").hasSize(2);
        assertThat(made.getLast().closed).isFalse();
    }

    @Test
    void connectionsThatAreNeededStay() {
        for (int wave = 0; wave < 5; wave++) {
            begin(CROWD).forEach(Response::close);
            callAfterAWhile();
        }
        assertThat(made).hasSize(1);
    }

    @Test
    void aCallThatIsUnderWayIsNotCutOff() throws IOException {
        List<Response> rush = begin(CROWD);
        Response slow = rush.removeFirst();
        Response slower = rush.removeFirst();
        rush.forEach(Response::close);
        callAfterAWhile();
        callAfterAWhile();
        assertThat(made).hasSize(2);
        assertThat(made.getFirst().closed).isFalse();

        slow.close();
        slow.close();
        assertThat(made.getFirst().closed).as("who is done twice counts once").isFalse();
        slower.getBody().close();
        assertThat(made.getFirst().closed).as("its body was all that it had").isTrue();
    }

    @Test
    void whatIsRefusedIsNotCountedAsUnderWay() {
        begin(CROWD).forEach(Response::close);
        made.getFirst().refuses = true;
        assertThatThrownBy(() -> transport.execute(FakeTransport.REQUEST)).isInstanceOf(IllegalStateException.class);
        made.getFirst().refuses = false;
        callAfterAWhile();
        callAfterAWhile();
        assertThat(made.getFirst().closed).isTrue();
    }

    @Test
    void aStreamHasATransportOfItsOwn() {
        StreamTransport streams = new StreamTransport(() -> {
            FakeTransport next = new FakeTransport();
            next.refuses = made.size() == 2;
            made.add(next);
            return next;
        });
        made.clear();
        Response first = streams.execute(FakeTransport.REQUEST);
        streams.execute(FakeTransport.REQUEST);
        first.close();
        assertThat(made).extracting(each -> each.closed).containsExactly(true, false);
        assertThatThrownBy(() -> streams.execute(FakeTransport.REQUEST)).isInstanceOf(IllegalStateException.class);
        assertThat(made.getLast().closed).isTrue();
    }
}
