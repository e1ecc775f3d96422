package io.kybern.benchmarks;

import io.kybern.benchmarks.scenario.Scenarios;
import io.kybern.benchmarks.scenario.Sizes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The arguments of a load run.
 *
 * @param kubeconfig whose current context says where the API server is and who asks
 * @param scenarios which to run, in that order
 * @param runs how often each
 * @param http2 HTTP/2 rather than HTTP/1.1
 * @param threads of the client
 * @param out where the reports go
 * @param sizes how much work a run is
 */
public record Options(
        Path kubeconfig, List<String> scenarios, int runs, boolean http2, int threads, Path out, Sizes sizes) {

    static final String USAGE = """
            usage: LoadRun --kubeconfig FILE [--scenario get,create,patch,list,watch,binding] [--runs 5] [--http2]
                           [--connections 32] [--threads 1] [--seconds 5] [--warm-up 3] [--objects 10000] [--listed 2000]
                           [--watchers 100] [--events 2000] [--nodes 500] [--pods 2000] [--out DIRECTORY]
                   --tiny instead of sizes: just enough to see that everything works""";

    private static final Set<String> NAMES = Set.of(
            "kubeconfig",
            "scenario",
            "runs",
            "connections",
            "threads",
            "seconds",
            "warm-up",
            "objects",
            "listed",
            "watchers",
            "events",
            "nodes",
            "pods",
            "out");

    /** Nothing here may run away, whatever is asked for. */
    private static final int MOST = 100_000;

    public Options {
        scenarios = List.copyOf(scenarios);
    }

    /**
     * Reads arguments.
     *
     * @throws IllegalArgumentException if one is unknown, or has no value that is allowed
     */
    public static Options parse(String... args) {
        Map<String, String> given = new HashMap<>();
        boolean http2 = false;
        boolean tiny = false;
        for (int i = 0; i < args.length; i++) {
            String name = args[i].startsWith("--") ? args[i].substring(2) : "";
            if (name.equals("http2")) {
                http2 = true;
            } else if (name.equals("tiny")) {
                tiny = true;
            } else if (NAMES.contains(name) && i + 1 < args.length) {
                given.put(name, args[++i]);
            } else {
                throw new IllegalArgumentException(
                        NAMES.contains(name) ? "--" + name + " needs a value" : "unknown argument: " + args[i]);
            }
        }
        Path kubeconfig = Path.of(given.getOrDefault("kubeconfig", ""));
        if (!Files.isRegularFile(kubeconfig)) {
            throw new IllegalArgumentException("--kubeconfig must name a file");
        }
        return new Options(
                kubeconfig,
                scenarios(given.getOrDefault("scenario", "")),
                number(given, "runs", tiny ? 1 : 5),
                http2,
                number(given, "threads", 1),
                Path.of(given.getOrDefault("out", "build/benchmarks")),
                tiny ? Sizes.tiny() : sizes(given));
    }

    private static Sizes sizes(Map<String, String> given) {
        Sizes full = Sizes.full();
        return new Sizes(
                number(given, "connections", full.connections()),
                Duration.ofSeconds(number(given, "warm-up", (int) full.warmUp().toSeconds())),
                Duration.ofSeconds(
                        number(given, "seconds", (int) full.measured().toSeconds())),
                number(given, "objects", full.objects()),
                number(given, "listed", full.listed()),
                number(given, "watchers", full.watchers()),
                number(given, "events", full.events()),
                number(given, "nodes", full.nodes()),
                number(given, "pods", full.pods()));
    }

    private static List<String> scenarios(String given) {
        if (given.isEmpty()) {
            return List.copyOf(Scenarios.names());
        }
        List<String> chosen = new ArrayList<>();
        for (String name : given.split(",")) {
            if (!Scenarios.names().contains(name)) {
                throw new IllegalArgumentException(
                        "no scenario \"%s\"; there are %s".formatted(name, String.join(", ", Scenarios.names())));
            }
            chosen.add(name);
        }
        return chosen;
    }

    private static int number(Map<String, String> given, String name, int otherwise) {
        String text = given.get(name);
        if (text == null) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(text);
            if (number > 0 && number <= MOST) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--%s must be a number, not \"%s\"".formatted(name, text), e);
        }
        throw new IllegalArgumentException("--%s must be from 1 to %d".formatted(name, MOST));
    }
}
