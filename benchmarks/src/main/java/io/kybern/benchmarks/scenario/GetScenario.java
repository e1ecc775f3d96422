package io.kybern.benchmarks.scenario;

import io.kybern.benchmarks.client.Request;
import io.kybern.benchmarks.report.Measurement;

/** Every connection reads the same object. */
final class GetScenario implements Scenario {

    private static final String NAME = "read-me";

    private final Stage stage;
    private Request request = Request.get("");
    private String namespace = "";

    GetScenario(Stage stage) {
        this.stage = stage;
    }

    @Override
    public String what() {
        return "one ConfigMap of 1 KiB";
    }

    @Override
    public String unit() {
        return "requests/s";
    }

    @Override
    public double reference() {
        return 4014;
    }

    @Override
    public void prepare() {
        namespace = stage.namespace("get");
        ConfigMaps maps = new ConfigMaps(namespace);
        stage.call(maps.create(NAME, ConfigMaps.KIBIBYTE));
        request = Request.get(maps.path(NAME));
    }

    @Override
    public Measurement run() {
        return ClosedLoop.timed(
                stage.pool(),
                number -> request,
                stage.sizes().warmUp(),
                stage.sizes().measured());
    }

    @Override
    public void cleanUp() {
        if (!namespace.isEmpty()) {
            stage.call(Request.delete(namespace));
        }
    }
}
