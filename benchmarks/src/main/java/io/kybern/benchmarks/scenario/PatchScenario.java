package io.kybern.benchmarks.scenario;

import io.kybern.benchmarks.client.Request;
import io.kybern.benchmarks.report.Measurement;
import java.util.concurrent.ThreadLocalRandom;

/** A few objects are changed by merge patches from all connections, so that writes of the same object meet. */
final class PatchScenario implements Scenario {

    private static final int HOT = 64;

    private final Stage stage;
    private String namespace = "";

    PatchScenario(Stage stage) {
        this.stage = stage;
    }

    @Override
    public String what() {
        return "merge patches of " + HOT + " ConfigMaps of 1 KiB";
    }

    @Override
    public String unit() {
        return "patches/s";
    }

    @Override
    public double reference() {
        return 1415;
    }

    @Override
    public void prepare() {
        namespace = stage.namespace("patch");
        ConfigMaps maps = new ConfigMaps(namespace);
        stage.each(HOT, number -> maps.create("hot-" + number, ConfigMaps.KIBIBYTE));
    }

    @Override
    public Measurement run() {
        ConfigMaps maps = new ConfigMaps(namespace);
        return ClosedLoop.timed(
                stage.pool(),
                number -> Request.mergePatch(
                        maps.path("hot-" + ThreadLocalRandom.current().nextInt(HOT)),
                        "{\"data\":{\"counter\":\"" + System.nanoTime() + "\"}}"),
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
