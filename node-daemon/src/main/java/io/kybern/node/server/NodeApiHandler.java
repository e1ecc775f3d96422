package io.kybern.node.server;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.kybern.node.pods.RunningContainer;
import io.kybern.node.runtime.AttachRequest;
import io.kybern.node.runtime.ExecRequest;
import io.kybern.node.runtime.RemoteProcess;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers the requests of one connection. What may block runs on a virtual thread, never on the event loop. */
final class NodeApiHandler extends SimpleChannelInboundHandler<FullHttpRequest> {

    private static final Logger log = LoggerFactory.getLogger(NodeApiHandler.class);
    private static final List<String> PORT_FORWARD_PROTOCOLS = Stream.concat(
                    Stream.of(SpdyTunnel.PORT_FORWARD), WebSocketPorts.PROTOCOLS.stream())
            .toList();

    /**
     * Who attaches so soon after the start is whoever made the container, and wants to see all that it writes: {@code kubectl
     * run -it} and {@code kubectl debug} can attach only once they see that the container runs.
     */
    private static final Duration JUST_STARTED = Duration.ofSeconds(30);

    private static final String JSON = "application/json";
    private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";

    private final NodeApi api;

    NodeApiHandler(NodeApi api) {
        this.api = api;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        Optional<Route> route;
        try {
            route = Route.parse(request.uri(), api.clock().instant());
        } catch (IllegalArgumentException e) {
            Answers.send(context, HttpResponseStatus.BAD_REQUEST, Answers.TEXT, String.valueOf(e.getMessage()));
            return;
        }
        if (route.isEmpty()) {
            notFound(context);
            return;
        }
        if (isOnlyRead(route.get()) && !request.method().equals(HttpMethod.GET)) {
            Answers.send(context, HttpResponseStatus.METHOD_NOT_ALLOWED, Answers.TEXT, "Method Not Allowed");
            return;
        }
        switch (route.get()) {
            case Route.Logs logs -> logs(context, logs);
            case Route.Exec exec -> exec(context, request, exec);
            case Route.Attach attach -> attach(context, request, attach);
            case Route.PortForward forward -> portForward(context, request, forward);
            case Route.Tunnel tunnel -> tunnel(context, request, tunnel);
            case Route.Pods pods -> blocking(context, JSON, new PodPages(api.pods())::all);
            case Route.RunningPods pods -> blocking(context, JSON, new PodPages(api.pods())::running);
            case Route.Health health -> health(context, health);
            case Route.Config config -> blocking(context, JSON, api.pages().config());
            case Route.SystemLog file -> systemLog(context, file.path());
            case Route.Metrics metrics -> blocking(context, METRICS, api.pages().metrics());
            case Route.Stats stats -> stats(context, stats.page());
            case Route.LocalVolume volume -> removal(context, request, volume.name());
        }
    }

    private static boolean isOnlyRead(Route route) {
        return route instanceof Route.Pods || route instanceof Route.RunningPods || route instanceof Route.SystemLog;
    }

    private void removal(ChannelHandlerContext context, FullHttpRequest request, String volume) {
        if (!request.method().equals(HttpMethod.DELETE)) {
            Answers.send(context, HttpResponseStatus.METHOD_NOT_ALLOWED, Answers.TEXT, "405 method not allowed");
            return;
        }
        blocking(context, Answers.TEXT, () -> {
            try {
                api.volumes().remove(volume);
                return "removed";
            } catch (IOException e) {
                throw new UncheckedIOException("the directory of volume " + volume + " cannot be removed", e);
            }
        });
    }

    private void stats(ChannelHandlerContext context, Route.Stats.Page page) {
        switch (page) {
            case SUMMARY -> blocking(context, JSON, api.stats()::summary);
            case RESOURCE -> blocking(context, METRICS, api.stats()::resource);
            case CADVISOR -> blocking(context, METRICS, api.stats()::cadvisor);
            case PROBES -> blocking(context, METRICS, api.pages().probes());
        }
    }

    private void health(ChannelHandlerContext context, Route.Health health) {
        HealthPage page = api.pages().health();
        Optional<HealthPage.Answer> answer = health.check().isEmpty()
                ? Optional.of(page.all(health.verbose(), health.excluded()))
                : page.one(health.check());
        if (answer.isEmpty()) {
            notFound(context);
            return;
        }
        Answers.send(
                context,
                answer.get().healthy() ? HttpResponseStatus.OK : HttpResponseStatus.INTERNAL_SERVER_ERROR,
                Answers.TEXT,
                answer.get().text());
    }

    private void systemLog(ChannelHandlerContext context, String path) {
        Optional<SystemLogs> logs = api.systemLogs();
        if (logs.isEmpty()) {
            Answers.send(context, HttpResponseStatus.METHOD_NOT_ALLOWED, Answers.TEXT, "logs endpoint is disabled.\n");
            return;
        }
        api.threads().execute(() -> {
            try {
                new SystemLogSession(context.channel()).send(logs.get().find(path));
            } catch (IOException | RuntimeException e) {
                // the answer may have begun: a connection that breaks off says that it is not whole
                log.atDebug().setCause(e).log("a log of the system was not sent");
                context.close();
            }
        });
    }

    private static void notFound(ChannelHandlerContext context) {
        Answers.send(context, HttpResponseStatus.NOT_FOUND, Answers.TEXT, "404 page not found");
    }

    private void blocking(ChannelHandlerContext context, String type, Supplier<String> body) {
        api.threads().execute(() -> {
            try {
                Answers.send(context, HttpResponseStatus.OK, type, body.get());
            } catch (RuntimeException e) {
                log.atError().setCause(e).log("request to the node API failed");
                Answers.send(
                        context,
                        HttpResponseStatus.INTERNAL_SERVER_ERROR,
                        Answers.TEXT,
                        String.valueOf(e.getMessage()));
            }
        });
    }

    private void logs(ChannelHandlerContext context, Route.Logs logs) {
        api.threads().execute(() -> {
            Route.Target target = logs.target();
            Optional<RunningContainer> container = api.pods()
                    .container(
                            target.namespace(),
                            target.pod(),
                            target.container(),
                            logs.options().previous());
            if (container.isEmpty()) {
                Optional<Pod> pod = api.pods().pod(target.namespace(), target.pod());
                Answers.send(
                        context,
                        pod.isPresent() ? HttpResponseStatus.BAD_REQUEST : HttpResponseStatus.NOT_FOUND,
                        Answers.TEXT,
                        pod.map(here -> MissingLogs.words(
                                        here, target.container(), logs.options().previous()))
                                .orElse("pod \"%s\" not found".formatted(target.pod())));
                return;
            }
            stream(context, container.get(), logs.options());
        });
    }

    private void stream(ChannelHandlerContext context, RunningContainer container, Route.Options options) {
        DefaultHttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        head.headers().set(HttpHeaderNames.CONTENT_TYPE, Answers.TEXT);
        HttpUtil.setTransferEncodingChunked(head, true);
        try {
            ChannelWrites.write(context.channel(), head);
            new LogSession(api.runtime())
                    .run(
                            container,
                            options,
                            (data, offset, length) -> ChannelWrites.write(
                                    context.channel(),
                                    new DefaultHttpContent(Unpooled.copiedBuffer(data, offset, length))));
            ChannelWrites.write(context.channel(), LastHttpContent.EMPTY_LAST_CONTENT);
        } catch (IOException | RuntimeException e) {
            // the answer has begun: a connection that breaks off is the only way left to say that it is not whole
            log.atDebug().setCause(e).log("log stream ended early");
            context.close();
        }
    }

    private void exec(ChannelHandlerContext context, FullHttpRequest request, Route.Exec exec) {
        Route.Streams streams = exec.streams();
        if (exec.command().isEmpty()) {
            Answers.send(context, HttpResponseStatus.BAD_REQUEST, Answers.TEXT, "you must specify at least 1 command");
            return;
        }
        ExecRequest wanted =
                new ExecRequest(exec.command(), streams.stdin(), streams.stdout(), streams.stderr(), streams.tty());
        session(context, request, exec.target(), streams, container -> api.runtime()
                .exec(container.dockerId(), wanted));
    }

    private void attach(ChannelHandlerContext context, FullHttpRequest request, Route.Attach attach) {
        Route.Streams streams = attach.streams();
        session(context, request, attach.target(), streams, container -> api.runtime()
                .attach(
                        container.dockerId(),
                        new AttachRequest(
                                streams.stdin() && container.stdin(),
                                streams.stdout(),
                                streams.stderr(),
                                container.tty(),
                                container.stdinOnce() && !container.tty(),
                                justStarted(container))));
    }

    private boolean justStarted(RunningContainer container) {
        Instant started = container.startedAt();
        return started != null && started.plus(JUST_STARTED).isAfter(api.clock().instant());
    }

    /** How a session gets its process. */
    private interface Starter {
        RemoteProcess start(RunningContainer container);
    }

    private void session(
            ChannelHandlerContext context,
            FullHttpRequest request,
            Route.Target target,
            Route.Streams streams,
            Starter starter) {
        if (!streams.stdin() && !streams.stdout() && !streams.stderr()) {
            Answers.send(
                    context,
                    HttpResponseStatus.BAD_REQUEST,
                    Answers.TEXT,
                    "you must specify at least 1 of stdin, stdout, stderr");
            return;
        }
        request.retain();
        api.threads().execute(() -> {
            Optional<RunningContainer> container =
                    api.pods().container(target.namespace(), target.pod(), target.container(), false);
            context.channel().eventLoop().execute(() -> {
                try {
                    if (container.isEmpty() || !container.get().running()) {
                        refuseContainer(context, target);
                    } else {
                        join(context, request, streams, () -> starter.start(container.get()));
                    }
                } finally {
                    request.release();
                }
            });
        });
    }

    private void refuseContainer(ChannelHandlerContext context, Route.Target target) {
        boolean podHere = api.pods().pod(target.namespace(), target.pod()).isPresent();
        Answers.send(
                context,
                podHere ? HttpResponseStatus.INTERNAL_SERVER_ERROR : HttpResponseStatus.NOT_FOUND,
                Answers.TEXT,
                podHere ? "container not found (\"%s\")".formatted(target.container()) : "pod does not exist");
    }

    private void join(
            ChannelHandlerContext context,
            FullHttpRequest request,
            Route.Streams streams,
            Supplier<RemoteProcess> starter) {
        ProcessSession session = new ProcessSession(api.threads());
        if (Upgrades.isWebSocket(request.headers())) {
            Upgrades.webSocketProtocol(request.headers(), WebSocketStreams.PROTOCOLS)
                    .ifPresentOrElse(
                            protocol -> {
                                WebSocketStreams socket = new WebSocketStreams(context.channel(), protocol);
                                Upgrades.toWebSocket(
                                        context, request, protocol, List.of(socket), opened -> api.threads()
                                                .execute(() -> greetAndRun(socket, streams, session, starter)));
                            },
                            () -> refuseProtocol(context, request, WebSocketStreams.PROTOCOLS));
        } else if (Upgrades.isSpdy(request.headers())) {
            Upgrades.spdyProtocol(request.headers(), SpdyStreams.PROTOCOLS)
                    .ifPresentOrElse(
                            protocol -> {
                                SpdyStreams[] self = new SpdyStreams[1];
                                self[0] = new SpdyStreams(
                                        context.channel(), SpdyStreams.expected(streams, protocol), () -> api.threads()
                                                .execute(() -> session.run(self[0], starter)));
                                Upgrades.toSpdy(context, protocol, self[0].connection());
                            },
                            () -> refuseProtocol(context, request, SpdyStreams.PROTOCOLS));
        } else {
            refuseUpgrade(context);
        }
    }

    private static void greetAndRun(
            WebSocketStreams socket, Route.Streams streams, ProcessSession session, Supplier<RemoteProcess> starter) {
        try {
            socket.greet(streams);
            session.run(socket, starter);
        } catch (IOException e) {
            socket.close();
        }
    }

    private void portForward(ChannelHandlerContext context, FullHttpRequest request, Route.PortForward forward) {
        OptionalLong sandbox = api.pods().sandboxPid(forward.namespace(), forward.pod());
        if (sandbox.isEmpty()) {
            Answers.send(context, HttpResponseStatus.NOT_FOUND, Answers.TEXT, "pod does not exist");
            return;
        }
        var destination = new PortConnection.Destination(sandbox.getAsLong(), forward.pod());
        PortForwardSession session = new PortForwardSession(context.channel(), destination, api.threads());
        if (Upgrades.isWebSocket(request.headers())) {
            Upgrades.webSocketProtocol(request.headers(), PORT_FORWARD_PROTOCOLS)
                    .ifPresentOrElse(
                            protocol -> {
                                if (protocol.equals(SpdyTunnel.PORT_FORWARD)) {
                                    Upgrades.toWebSocket(
                                            context,
                                            request,
                                            protocol,
                                            List.of(new SpdyTunnel(), SpdyTunnel.frames(), session.connection()),
                                            opened -> log.atTrace().log("tunnel open"));
                                } else {
                                    portsAsChannels(context, request, forward, destination, protocol);
                                }
                            },
                            () -> refuseProtocol(context, request, PORT_FORWARD_PROTOCOLS));
        } else if (Upgrades.isSpdy(request.headers())) {
            List<String> offered = List.of(PortForwardSession.PROTOCOL);
            Upgrades.spdyProtocol(request.headers(), offered)
                    .ifPresentOrElse(
                            protocol -> Upgrades.toSpdy(context, protocol, session.connection()),
                            () -> refuseProtocol(context, request, offered));
        } else {
            refuseUpgrade(context);
        }
    }

    private void portsAsChannels(
            ChannelHandlerContext context,
            FullHttpRequest request,
            Route.PortForward forward,
            PortConnection.Destination destination,
            String protocol) {
        if (forward.ports().isEmpty()) {
            Answers.send(context, HttpResponseStatus.BAD_REQUEST, Answers.TEXT, "query parameter \"port\" is required");
            return;
        }
        WebSocketPorts ports =
                new WebSocketPorts(context.channel(), protocol, destination, forward.ports(), api.threads());
        Upgrades.toWebSocket(context, request, protocol, List.of(ports), opened -> ports.start());
    }

    private void tunnel(ChannelHandlerContext context, FullHttpRequest request, Route.Tunnel tunnel) {
        if (!Upgrades.isTunnel(request.headers())) {
            refuseUpgrade(context);
            return;
        }
        String ip = api.pods()
                .pod(tunnel.namespace(), tunnel.pod())
                .map(Pod::getStatus)
                .map(PodStatus::getPodIP)
                .orElse("");
        if (ip.isEmpty()) {
            Answers.send(context, HttpResponseStatus.NOT_FOUND, Answers.TEXT, "pod does not exist");
            return;
        }
        InetSocketAddress address = new InetSocketAddress(ip, tunnel.port());
        PortTunnel.open(
                context,
                address,
                cause -> Answers.send(
                        context,
                        HttpResponseStatus.BAD_GATEWAY,
                        Answers.TEXT,
                        "dial tcp %s:%d: connect: %s".formatted(ip, tunnel.port(), why(cause))));
    }

    private static String why(Throwable cause) {
        return switch (cause) {
            case NoRouteToHostException e -> "no route to host";
            case ConnectTimeoutException e -> "i/o timeout";
            case ConnectException e -> "connection refused";
            default -> String.valueOf(cause.getMessage());
        };
    }

    private static void refuseProtocol(ChannelHandlerContext context, FullHttpRequest request, List<String> offered) {
        Answers.send(
                context, HttpResponseStatus.FORBIDDEN, Answers.TEXT, Upgrades.noProtocol(request.headers(), offered));
    }

    private static void refuseUpgrade(ChannelHandlerContext context) {
        Answers.send(context, HttpResponseStatus.BAD_REQUEST, Answers.TEXT, "Upgrade request required");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        log.atDebug().setCause(cause).log("connection to the node API broke");
        context.close();
    }
}
