package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.systemtests.ClusterApi.Answer;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/**
 * The lives of two objects of one type, as a client goes through them: made, read, found by their label, watched, patched, replaced,
 * deleted alone and together. Who else writes them does no harm.
 */
final class ObjectLife {

    private final ClusterApi api;
    private final String collection;
    private final String label;
    private final List<String> names;
    private final String manifest;

    /**
     * Not begun yet.
     *
     * @param collection the path at which the objects are made
     * @param label the value of their label "test", which nothing else of that type has
     * @param names of the two
     * @param manifest what both say beyond their metadata, as YAML
     */
    ObjectLife(ClusterApi api, String collection, String label, List<String> names, String manifest) {
        this.api = api;
        this.collection = collection;
        this.label = label;
        this.names = names;
        this.manifest = manifest;
    }

    private String selected() {
        return collection + "?labelSelector=test%3D" + label;
    }

    private String path(String name) {
        return collection + "/" + name;
    }

    /** Lives without a status. */
    void live() {
        live(() -> {});
    }

    /**
     * Lives, and its status is patched, read and replaced.
     *
     * @param status as a merge patch, such as {@code {"status":{"phase":"Done"}}}
     * @param pointer to a value in it
     */
    void liveWithStatus(String status, String pointer, String value) {
        live(() -> {
            String path = path(names.getFirst()) + "/status";
            assertThat(api.patch(path, ClusterApi.MERGE, status).ok().at(pointer))
                    .isEqualTo(value);
            assertThat(api.get(path).ok().at(pointer)).isEqualTo(value);
            annotate(path, "status-replaced");
            assertThat(api.get(path(names.getFirst())).at(pointer))
                    .as("what the status says stays")
                    .isEqualTo(value);
        });
    }

    private void live(Runnable between) {
        String first = names.getFirst();
        String last = names.getLast();
        String revision = api.get(selected()).ok().at("/metadata/resourceVersion");
        try (EventWatch watch = EventWatch.from(api, selected(), revision)) {
            for (String name : names) {
                Answer made = api.post(
                        collection, "metadata: { name: %s, labels: { test: %s } }\n".formatted(name, label) + manifest);
                assertThat(made.ok().code()).isEqualTo(201);
            }
            assertThat(api.get(path(first)).ok().at("/metadata/name")).isEqualTo(first);
            assertThat(api.get(selected()).names()).containsExactlyInAnyOrderElementsOf(names);
            assertThat(api.get(everywhere()).names()).containsExactlyInAnyOrderElementsOf(names);

            Answer patched = api.patch(
                    path(first), ClusterApi.MERGE, "{\"metadata\":{\"annotations\":{\"e2e/patched\":\"yes\"}}}");
            assertThat(patched.ok().at("/metadata/annotations/e2e~1patched")).isEqualTo("yes");
            annotate(path(last), "replaced");
            between.run();

            api.delete(path(first)).ok();
            ClusterTest.eventually(first + " is gone")
                    .until(() -> api.get(path(first)).code() == 404);
            assertThat(api.get(path(last)).ok().at("/metadata/annotations/e2e~1replaced"))
                    .isEqualTo("yes");
            api.delete(selected()).ok();
            ClusterTest.eventually("all are gone")
                    .until(() -> api.get(selected()).names().isEmpty());
            ClusterTest.eventually("the watch has told of everything").untilAsserted(() -> assertThat(watch.told())
                    .containsSubsequence("ADDED " + first, "MODIFIED " + first, "DELETED " + first)
                    .containsSubsequence("ADDED " + last, "MODIFIED " + last, "DELETED " + last));
        }
    }

    /** The same selection in all namespaces. */
    private String everywhere() {
        return selected().replaceFirst("/namespaces/[^/]+/", "/");
    }

    /** Reads and replaces the object, once more if somebody else wrote in between. */
    private void annotate(String path, String key) {
        ClusterTest.eventually(path + " is replaced").until(() -> {
            ObjectNode object = (ObjectNode) api.get(path).ok().body();
            object.withObject("/metadata/annotations").put("e2e/" + key, "yes");
            Answer answer = api.put(path, object);
            if (answer.code() == 409) {
                return false;
            }
            assertThat(answer.ok().at("/metadata/annotations/e2e~1" + key)).isEqualTo("yes");
            return true;
        });
    }
}
