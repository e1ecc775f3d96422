package io.kybern.benchmarks.scenario;

import io.kybern.benchmarks.client.Request;
import io.kybern.benchmarks.report.Measurement;

/** Every connection reads the same long list. */
final class ListScenario implements Scenario {

    /** With its metadata an object is about 1,310 bytes then, and 2,000 of them are 2.5 MiB. */
    private static final int VALUE = 1070;

    private static final int OBJECT = 1310;

    private final Stage stage;
    private String namespace = "";
    private Request request = Request.get("");

    ListScenario(Stage stage) {
        this.stage = stage;
    }

    @Override
    public String what() {
        return "%,d ConfigMaps, %.1f MiB"
                .formatted(stage.sizes().listed(), stage.sizes().listed() * OBJECT / (1024.0 * 1024));
    }

    @Override
    public String unit() {
        return "lists/s";
    }

    @Override
    public double reference() {
        return 26;
    }

    @Override
    public void prepare() {
        namespace = stage.namespace("list");
        ConfigMaps maps = new ConfigMaps(namespace);
        stage.each(stage.sizes().listed(), number -> maps.create("map-" + number, VALUE));
        request = Request.get(maps.path());
        int listed = stage.call(request).path("items").size();
        if (listed < stage.sizes().listed()) {
            throw new IllegalStateException("the list has only %d objects".formatted(listed));
        }
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
