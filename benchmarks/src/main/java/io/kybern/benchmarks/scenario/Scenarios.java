package io.kybern.benchmarks.scenario;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** All scenarios by name. */
public final class Scenarios {

    private static final Map<String, Function<Stage, Scenario>> ALL = new LinkedHashMap<>();

    static {
        ALL.put("get", GetScenario::new);
        ALL.put("create", CreateScenario::new);
        ALL.put("patch", PatchScenario::new);
        ALL.put("list", ListScenario::new);
        ALL.put("watch", WatchScenario::new);
        ALL.put("binding", BindingScenario::new);
    }

    private Scenarios() {}

    /** Their names, in the order in which they are run. */
    public static Collection<String> names() {
        return Collections.unmodifiableSet(ALL.keySet());
    }

    /**
     * A scenario of that name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Scenario of(String name, Stage stage) {
        Function<Stage, Scenario> scenario = ALL.get(name);
        if (scenario == null) {
            throw new IllegalArgumentException("no scenario \"%s\": there are %s".formatted(name, names()));
        }
        return scenario.apply(stage);
    }
}
