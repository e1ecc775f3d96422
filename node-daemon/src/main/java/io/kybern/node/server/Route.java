package io.kybern.node.server;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a request to the node's API asks for. The paths and parameters are those of the kubelet, and {@code tunnel}. */
sealed interface Route {

    int PORT_LIMIT = 65535;

    /** Lists of pods are found with and without a slash at the end. */
    Pattern LISTS = Pattern.compile("^(/pods|/runningpods)/$");

    /** Part of a container's log. */
    record Logs(Target target, Options options) implements Route {}

    /** A command in a container. */
    record Exec(Target target, Streams streams, List<String> command) implements Route {}

    /** The main process of a container. */
    record Attach(Target target, Streams streams) implements Route {}

    /**
     * Connections to ports of a pod.
     *
     * @param ports what the address names; clients that open streams name them there
     */
    record PortForward(String namespace, String pod, List<Integer> ports) implements Route {}

    /** One raw connection to a port of a pod, for the API server's proxies. */
    record Tunnel(String namespace, String pod, int port) implements Route {}

    /** The pods of this node. */
    record Pods() implements Route {}

    /** The pods of this node of which something runs. */
    record RunningPods() implements Route {}

    /**
     * A sign of life.
     *
     * @param check the one check that is asked for; empty for all
     */
    record Health(String check, boolean verbose, List<String> excluded) implements Route {}

    /** The node's settings. */
    record Config() implements Route {}

    /**
     * A file or directory of the system's logs.
     *
     * @param path below their directory
     */
    record SystemLog(String path) implements Route {}

    /** The daemon's metrics. */
    record Metrics() implements Route {}

    /** What pods and node use, or what came of probes, each on a page of its own. */
    record Stats(Page page) implements Route {

        /** Which page. */
        enum Page {
            SUMMARY,
            RESOURCE,
            CADVISOR,
            PROBES
        }
    }

    /** The directory behind a volume that was made for a claim; to be taken away. */
    record LocalVolume(String name) implements Route {}

    /** A container by its names. */
    record Target(String namespace, String pod, String container) {}

    /** Which streams the client will open. */
    record Streams(boolean stdin, boolean stdout, boolean stderr, boolean tty) {}

    /**
     * Which part of a log.
     *
     * @param tailLines negative for all
     * @param since null for all
     * @param limitBytes negative for no limit
     */
    record Options(
            boolean follow,
            boolean previous,
            boolean timestamps,
            int tailLines,
            @Nullable Instant since,
            long limitBytes) {}

    /**
     * Reads a request's address.
     *
     * @param now what {@code sinceSeconds} counts back from
     * @return empty if nothing is there
     * @throws IllegalArgumentException if a parameter cannot be read
     */
    static Optional<Route> parse(String uri, Instant now) {
        QueryStringDecoder decoder = new QueryStringDecoder(uri);
        if (!decoder.path().startsWith("/")) {
            return Optional.empty();
        }
        Parameters query = new Parameters(decoder.parameters());
        String[] path =
                LISTS.matcher(decoder.path()).replaceFirst("$1").substring(1).split("/", -1);
        if (path[0].equals("logs") && path.length > 1) {
            return Optional.of(new SystemLog(decoder.path().substring("/logs/".length())));
        }
        return switch (path[0] + "/" + path.length) {
            case "containerLogs/4" -> Optional.of(new Logs(target(path), query.logOptions(now)));
            case "exec/4" -> Optional.of(new Exec(target(path), query.streams(), query.all("command")));
            case "attach/4" -> Optional.of(new Attach(target(path), query.streams()));
            case "portForward/3" -> Optional.of(new PortForward(path[1], path[2], query.ports()));
            case "tunnel/4" -> Optional.of(new Tunnel(path[1], path[2], Parameters.port(path[3])));
            case "pods/1" -> Optional.of(new Pods());
            case "runningpods/1" -> Optional.of(new RunningPods());
            case "healthz/1" -> Optional.of(new Health("", query.has("verbose"), query.all("exclude")));
            case "healthz/2" -> Optional.of(new Health(path[1], false, List.of()));
            case "configz/1" -> Optional.of(new Config());
            case "stats/2" -> stats(path[1].equals("summary"), Stats.Page.SUMMARY);
            case "metrics/2" ->
                stats(path[1].equals("resource"), Stats.Page.RESOURCE)
                        .or(() -> stats(path[1].equals("cadvisor"), Stats.Page.CADVISOR))
                        .or(() -> stats(path[1].equals("probes"), Stats.Page.PROBES));
            case "localVolumes/2" -> Optional.of(new LocalVolume(path[1]));
            case "metrics/1" -> Optional.of(new Metrics());
            default -> Optional.empty();
        };
    }

    private static Optional<Route> stats(boolean there, Stats.Page page) {
        return there ? Optional.of(new Stats(page)) : Optional.empty();
    }

    private static Target target(String[] path) {
        return new Target(path[1], path[2], path[3]);
    }

    /** A query string's parameters, read as the kubelet reads them: 1 and true mean yes. */
    record Parameters(Map<String, List<String>> values) {

        List<String> all(String name) {
            return values.getOrDefault(name, List.of());
        }

        boolean has(String name) {
            return values.containsKey(name);
        }

        private @Nullable String first(String name) {
            List<String> all = all(name);
            return all.isEmpty() || all.getFirst().isEmpty() ? null : all.getFirst();
        }

        private boolean flag(String... names) {
            for (String name : names) {
                String value = first(name);
                if ("1".equals(value) || "true".equals(value)) {
                    return true;
                }
            }
            return false;
        }

        private List<Integer> ports() {
            return all("port").stream()
                    .flatMap(value -> Arrays.stream(value.split(",")))
                    .map(Parameters::port)
                    .toList();
        }

        private static int port(String text) {
            try {
                int port = Integer.parseInt(text);
                if (port > 0 && port <= PORT_LIMIT) {
                    return port;
                }
                throw new IllegalArgumentException("a port is between 1 and 65535, not " + text);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("a port must be a number, not " + text, e);
            }
        }

        private long number(String name, long otherwise) {
            String value = first(name);
            try {
                return value == null ? otherwise : Long.parseLong(value);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(name + " must be a number, not " + value, e);
            }
        }

        Streams streams() {
            boolean tty = flag("tty");
            // a terminal mixes both outputs into one
            return new Streams(flag("input", "stdin"), flag("output", "stdout"), flag("error", "stderr") && !tty, tty);
        }

        Options logOptions(Instant now) {
            return new Options(
                    flag("follow"),
                    flag("previous"),
                    flag("timestamps"),
                    (int) Math.min(number("tailLines", -1), Integer.MAX_VALUE),
                    since(now),
                    number("limitBytes", -1));
        }

        private @Nullable Instant since(Instant now) {
            long seconds = number("sinceSeconds", 0);
            if (seconds > 0) {
                return now.minus(Duration.ofSeconds(seconds));
            }
            String time = first("sinceTime");
            try {
                return time == null ? null : OffsetDateTime.parse(time).toInstant();
            } catch (DateTimeParseException e) {
                throw new IllegalArgumentException("sinceTime must be a time as in RFC 3339, not " + time, e);
            }
        }
    }
}
