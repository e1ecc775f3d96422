package io.kybern.node.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class RouteTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:01:00Z");

    @Test
    void readsLogRequests() {
        assertThat(Route.parse(
                        "/containerLogs/ns/pod/c?follow=true&tailLines=5&sinceSeconds=60&limitBytes=9&timestamps=true",
                        NOW))
                .contains(new Route.Logs(
                        new Route.Target("ns", "pod", "c"),
                        new Route.Options(true, false, true, 5, Instant.parse("2026-01-01T00:00:00Z"), 9)));
    }

    @Test
    void readsExecRequestsInTheKubeletsWords() {
        assertThat(Route.parse("/exec/ns/pod/c?command=sh&command=-c&command=a%20b&input=1&output=1&error=1", NOW))
                .contains(new Route.Exec(
                        new Route.Target("ns", "pod", "c"),
                        new Route.Streams(true, true, true, false),
                        List.of("sh", "-c", "a b")));
    }

    @Test
    void aTerminalHasNoErrorOutput() {
        assertThat(Route.parse("/attach/ns/pod/c?input=1&output=1&error=1&tty=1", NOW))
                .contains(new Route.Attach(
                        new Route.Target("ns", "pod", "c"), new Route.Streams(true, true, false, true)));
    }

    @Test
    void knowsNoOtherPaths() {
        assertThat(Route.parse("/exec/ns/pod", NOW)).isEmpty();
        assertThat(Route.parse("/", NOW)).isEmpty();
        assertThat(Route.parse("?x", NOW)).isEmpty();
        assertThat(Route.parse("xmetrics", NOW)).isEmpty();
    }

    @Test
    void readsWhatIsAskedOfTheNodeItself() {
        assertThat(Route.parse("/healthz?verbose&exclude=log", NOW))
                .contains(new Route.Health("", true, List.of("log")));
        assertThat(Route.parse("/healthz/ping", NOW)).contains(new Route.Health("ping", false, List.of()));
        assertThat(Route.parse("/logs/", NOW)).contains(new Route.SystemLog(""));
        assertThat(Route.parse("/logs/pods/a%20b/0.log?x", NOW)).contains(new Route.SystemLog("pods/a b/0.log"));
        assertThat(Route.parse("/pods/", NOW)).contains(new Route.Pods());
        assertThat(Route.parse("/runningpods/", NOW)).contains(new Route.RunningPods());
        assertThat(Route.parse("/configz", NOW)).contains(new Route.Config());
        assertThat(Route.parse("/logs", NOW)).isEmpty();
    }

    @Test
    void saysWhichParameterItCannotRead() {
        assertThatThrownBy(() -> Route.parse("/containerLogs/ns/pod/c?tailLines=x", NOW))
                .hasMessage("tailLines must be a number, not x");
    }
}
