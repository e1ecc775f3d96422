package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.systemtests.ClusterApi.Answer;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** Events under both of their groups. */
class EventsE2E extends ApiTest {

    private static final String LATER = "2026-01-01T10:00:05.123456Z";

    private String core(String what) {
        return "/api/v1/namespaces/" + kubectl.namespace() + "/events" + what;
    }

    private String own(String what) {
        return "/apis/events.k8s.io/v1/namespaces/" + kubectl.namespace() + "/events" + what;
    }

    private Answer createCore(String name, String set) {
        return api.post(core(""), """
                        metadata: { name: %1$s, labels: { set: %2$s } }
                        involvedObject: { namespace: %3$s, kind: Pod, name: %1$s }
                        message: this is a test
                        reason: Test
                        type: Normal
                        source: { component: test-source }
                        count: 1
                        """.formatted(name, set, kubectl.namespace())).ok();
    }

    private Answer createOwn(String name, String set) {
        return api.post(own(""), """
                        metadata: { name: %1$s, labels: { set: %2$s } }
                        regarding: { namespace: %3$s, kind: Pod, name: %1$s }
                        eventTime: "2026-01-01T10:00:00.000001Z"
                        note: this is %1$s
                        action: Do
                        reason: Test
                        type: Normal
                        reportingController: test-controller
                        reportingInstance: test-node
                        """.formatted(name, set, kubectl.namespace())).ok();
    }

    @Test
    void coreEventsAreCreatedChangedAndDeleted() {
        createCore("core-one", "core");
        assertThat(api.get("/api/v1/events?labelSelector=set%3Dcore&fieldSelector=metadata.namespace%3D"
                                + kubectl.namespace())
                        .names())
                .containsExactly("core-one");
        assertThat(api.patch(core("/core-one"), ClusterApi.STRATEGIC, "{\"message\":\"patched\"}")
                        .ok()
                        .at("/message"))
                .isEqualTo("patched");
        ObjectNode changed = (ObjectNode) api.get(core("/core-one")).ok().body();
        changed.putObject("series").put("count", 100).put("lastObservedTime", LATER);
        api.put(core("/core-one"), changed).ok();
        assertThat(api.get(core("/core-one")).at("/series/lastObservedTime")).isEqualTo(LATER);
        assertThat(api.get(own("/core-one")).at("/note")).isEqualTo("patched");
        api.delete(core("/core-one")).ok();
        assertThat(api.get(core("/core-one")).code()).isEqualTo(404);
    }

    @Test
    void eventsOfTheNewerGroupAreCreatedChangedAndDeleted() {
        createOwn("own-one", "own");
        assertThat(api.get(own("?fieldSelector=reportingController%3Dtest-controller,metadata.name%3Down-one"))
                        .names())
                .containsExactly("own-one");
        assertThat(api.get(core("?fieldSelector=source%3Dtest-controller,metadata.name%3Down-one"))
                        .names())
                .as("the controller counts as the source")
                .containsExactly("own-one");
        api.patch(
                        own("/own-one"),
                        ClusterApi.STRATEGIC,
                        "{\"series\":{\"count\":2,\"lastObservedTime\":\"%s\"}}".formatted(LATER))
                .ok();
        ObjectNode changed = (ObjectNode) api.get(own("/own-one")).ok().body();
        changed.withObject("/series").put("count", 100);
        assertThat(api.put(own("/own-one"), changed).ok().at("/series/count")).isEqualTo("100");
        assertThat(api.get(core("/own-one")).at("/message")).isEqualTo("this is own-one");
        assertThat(api.get(core("/own-one")).at("/reportingComponent")).isEqualTo("test-controller");
        api.delete(own("/own-one")).ok();
        assertThat(api.get(own("/own-one")).code()).isEqualTo(404);
    }

    @Test
    void collectionsAreDeletedByLabel() {
        createCore("gone-1", "goes");
        createCore("gone-2", "goes");
        createOwn("gone-3", "goes");
        createOwn("kept", "stays");
        assertThat(api.get(own("?labelSelector=set%3Dgoes")).names()).containsExactly("gone-1", "gone-2", "gone-3");
        api.delete(own("?labelSelector=set%3Dgoes")).ok();
        assertThat(api.get(core("?labelSelector=set+in+(goes,stays)")).names()).containsExactly("kept");
        api.delete(core("?labelSelector=set%3Dstays")).ok();
        assertThat(api.get(core("?labelSelector=set%3Dstays")).names()).isEmpty();
    }
}
