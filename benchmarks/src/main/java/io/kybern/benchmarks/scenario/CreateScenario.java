package io.kybern.benchmarks.scenario;

import io.kybern.benchmarks.client.Request;
import io.kybern.benchmarks.report.Measurement;

/** Objects are created, each of another name; they are deleted between runs. */
final class CreateScenario implements Scenario {

    private static final String VALUE = "x".repeat(ConfigMaps.KIBIBYTE);

    private final Stage stage;
    private String namespace = "";
    private int warmed;

    CreateScenario(Stage stage) {
        this.stage = stage;
    }

    @Override
    public String what() {
        return "%,d ConfigMaps of 1 KiB".formatted(stage.sizes().objects());
    }

    @Override
    public String unit() {
        return "creates/s";
    }

    @Override
    public double reference() {
        return 2149;
    }

    @Override
    public void prepare() {
        namespace = stage.namespace("create");
    }

    @Override
    public Measurement run() {
        ConfigMaps maps = new ConfigMaps(namespace);
        int warmUp = warmed == 0 ? stage.sizes().objects() / 2 : 0;
        stage.each(warmUp, number -> maps.createFast("warm-up-" + number, VALUE));
        Measurement measured = ClosedLoop.counted(
                stage.pool(),
                number -> maps.createFast("map-" + number, VALUE),
                stage.sizes().objects());
        stage.each(warmUp, number -> Request.delete(maps.path("warm-up-" + number)));
        if (measured.errors() == 0) {
            stage.each(stage.sizes().objects(), number -> Request.delete(maps.path("map-" + number)));
        }
        warmed++;
        return measured;
    }

    @Override
    public void cleanUp() {
        if (!namespace.isEmpty()) {
            stage.call(Request.delete(namespace));
        }
    }
}
