package io.kybern.benchmarks;

import io.kybern.benchmarks.client.Kubeconfig;
import io.kybern.benchmarks.client.LoadClient;
import io.kybern.benchmarks.report.Measurement;
import io.kybern.benchmarks.report.Report;
import io.kybern.benchmarks.report.Result;
import io.kybern.benchmarks.scenario.Scenario;
import io.kybern.benchmarks.scenario.Scenarios;
import io.kybern.benchmarks.scenario.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts load on a running cluster and tells what it did. Everything that it makes goes again, also when it is interrupted; only one
 * load run may be under way in a cluster.
 */
public final class LoadRun {

    private static final Logger LOG = LoggerFactory.getLogger(LoadRun.class);
    private static final int USAGE = 2;

    private LoadRun() {}

    /** See {@link Options#USAGE} for the arguments. */
    public static void main(String[] args) throws IOException {
        Options options;
        try {
            options = Options.parse(args);
        } catch (IllegalArgumentException e) {
            LOG.atError().log(e.getMessage());
            LOG.atError().log(Options.USAGE);
            System.exit(USAGE);
            return;
        }
        Report report = run(options);
        Files.createDirectories(options.out());
        Path markdown = options.out().resolve("load.md");
        Files.writeString(markdown, report.markdown());
        Files.writeString(options.out().resolve("load.json"), report.json());
        LOG.atInfo().log(report.markdown());
        System.exit(report.results().stream().allMatch(result -> result.errors() == 0) ? 0 : 1);
    }

    /** Runs the scenarios one after the other. */
    public static Report run(Options options) throws IOException {
        Kubeconfig config = Kubeconfig.read(options.kubeconfig());
        String id =
                HexFormat.of().toHexDigits((short) ThreadLocalRandom.current().nextInt());
        List<Result> results = new ArrayList<>();
        try (LoadClient client = new LoadClient(config, options.http2(), options.threads());
                Stage stage = new Stage(client, options.sizes(), id)) {
            stage.sweep();
            for (String name : options.scenarios()) {
                results.add(play(name, stage, options));
            }
        }
        return new Report(conditions(options), results);
    }

    private static Result play(String name, Stage stage, Options options) {
        Scenario scenario = Scenarios.of(name, stage);
        Thread interrupted = new Thread(scenario::cleanUp, "clean-up");
        Runtime.getRuntime().addShutdownHook(interrupted);
        List<Measurement> measured = new ArrayList<>();
        try {
            scenario.prepare();
            for (int run = 1; run <= options.runs(); run++) {
                Measurement result = scenario.run();
                measured.add(result);
                LOG.atInfo()
                        .addKeyValue("scenario", name)
                        .addKeyValue("run", run)
                        .addKeyValue("rate", Math.round(result.rate()))
                        .addKeyValue("unit", scenario.unit())
                        .addKeyValue("p50us", result.p50Micros())
                        .addKeyValue("p99us", result.p99Micros())
                        .addKeyValue("errors", result.errors())
                        .log("measured");
            }
        } finally {
            if (Runtime.getRuntime().removeShutdownHook(interrupted)) {
                scenario.cleanUp();
            }
        }
        double reference = options.sizes().comparable() ? scenario.reference() : 0;
        return new Result(name, scenario.what(), scenario.unit(), reference, measured);
    }

    private static Map<String, String> conditions(Options options) {
        return Map.of(
                "processors", Integer.toString(Runtime.getRuntime().availableProcessors()),
                "connections",
                        options.sizes().connections() + (options.http2() ? " (HTTP/2)" : " (HTTP/1.1)") + ", TLS",
                "client threads", Integer.toString(options.threads()),
                "runs", Integer.toString(options.runs()),
                "measured for", options.sizes().measured().toSeconds() + " s each, where a run is timed");
    }
}
