package io.kybern.benchmarks.report;

import io.kybern.api.Json;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a load run tells.
 *
 * @param conditions under which it was made: the machine, the settings
 * @param results one for each scenario
 */
public record Report(Map<String, String> conditions, List<Result> results) {

    private static final double MICROS = 1000.0;

    public Report {
        conditions = new TreeMap<>(conditions);
        results = List.copyOf(results);
    }

    /** For people. */
    public String markdown() {
        StringBuilder out = new StringBuilder("# Load run\n\n");
        conditions.forEach((name, value) ->
                out.append("- ").append(name).append(": ").append(value).append('\n'));
        out.append("\n| scenario | median rate | lowest to highest | p50 | p99 | errors | reference | ratio |\n");
        out.append("|---|---|---|---|---|---|---|---|\n");
        results.forEach(result -> out.append(row(result)));
        out.append("\nRates, p50 and p99 are medians over the runs.\n");
        results.stream()
                .flatMap(result -> result.runs().stream())
                .filter(run -> run.errors() > 0)
                .limit(5)
                .forEach(run -> out.append("\nFirst error of a run: ")
                        .append(run.firstError())
                        .append('\n'));
        return out.toString();
    }

    private static String row(Result result) {
        double rate = result.median(Measurement::rate);
        double lowest =
                result.runs().stream().mapToDouble(Measurement::rate).min().orElse(0);
        double highest =
                result.runs().stream().mapToDouble(Measurement::rate).max().orElse(0);
        String reference = result.reference() > 0 ? "%,.0f".formatted(result.reference()) : "";
        String ratio = result.reference() > 0 ? "%.2f".formatted(rate / result.reference()) : "";
        return String.format(
                Locale.ROOT,
                "| %s: %s | %,.1f %s | %,.1f to %,.1f | %.2f ms | %.2f ms | %d | %s | %s |%n",
                result.scenario(),
                result.what(),
                rate,
                result.unit(),
                lowest,
                highest,
                result.median(Measurement::p50Micros) / MICROS,
                result.median(Measurement::p99Micros) / MICROS,
                result.errors(),
                reference,
                ratio);
    }

    /** For programs. */
    public String json() {
        ObjectNode report = Json.object();
        ObjectNode told = report.putObject("conditions");
        conditions.forEach(told::put);
        ArrayNode all = report.putArray("results");
        for (Result result : results) {
            ObjectNode each = all.addObject()
                    .put("scenario", result.scenario())
                    .put("what", result.what())
                    .put("unit", result.unit())
                    .put("rate", result.median(Measurement::rate))
                    .put("p50Micros", result.median(Measurement::p50Micros))
                    .put("p99Micros", result.median(Measurement::p99Micros))
                    .put("errors", result.errors())
                    .put("reference", result.reference());
            ArrayNode runs = each.putArray("runs");
            for (Measurement run : result.runs()) {
                runs.addObject()
                        .put("count", run.count())
                        .put("seconds", run.seconds())
                        .put("rate", run.rate())
                        .put("p50Micros", run.p50Micros())
                        .put("p99Micros", run.p99Micros())
                        .put("errors", run.errors())
                        .put("firstError", run.firstError());
            }
        }
        return Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(report);
    }
}
