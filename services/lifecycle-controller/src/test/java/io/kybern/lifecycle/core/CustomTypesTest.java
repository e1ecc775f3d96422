package io.kybern.lifecycle.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.kybern.api.ObjectKey;
import io.kybern.api.ResourceType;
import io.kybern.controller.fake.FakeCluster;
import io.kybern.controller.fake.FakeInformer;
import io.kybern.controller.fake.FakeObjects;
import io.kybern.events.ObjectChange;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which types definitions add for those who look after all objects. */
@Timeout(60)
class CustomTypesTest {

    private static final ObjectKey KEY = ObjectKey.clusterScoped("widgets.example.com");

    private final AnyObjects objects = new AnyObjects();
    private final List<ResourceType> begun = new ArrayList<>();
    private final List<ResourceType> left = new ArrayList<>();
    private final CustomTypes types =
            new CustomTypes(new FakeInformer<>(), objects, CustomTypesTest.this::follow, left::add);

    private AnyObjects.Entry follow(ResourceType type) {
        begun.add(type);
        FakeObjects<OwnedObject> any = new FakeCluster().objects("", "v1", "configmaps", OwnedObject.class);
        return new AnyObjects.Entry(type, any.informer(), any);
    }

    private static DefinedType definition(String established, String... versions) throws JsonProcessingException {
        StringBuilder list = new StringBuilder();
        for (String version : versions) {
            list.append(list.isEmpty() ? "" : ",")
                    .append("{\"name\":\"")
                    .append(version)
                    .append(
                            "\",\"served\":true,\"storage\":true,\"schema\":{\"openAPIV3Schema\":{\"type\":\"object\"}}}");
        }
        String json = """
                {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"widgets.example.com"},
                 "spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"widgets","kind":"Widget"},"versions":[%s]},
                 "status":{"conditions":[{"type":"Established","status":"%s"}]}}
                """.formatted(list, established);
        return new KubernetesSerialization().unmarshal(json, DefinedType.class);
    }

    private void change(@Nullable DefinedType before, @Nullable DefinedType after) {
        types.changed(new ObjectChange<>(KEY, before, after));
    }

    @Test
    void followsATypeInItsPreferredVersionOnceItIsServed() throws JsonProcessingException {
        DefinedType young = definition("False", "v1");
        DefinedType served = definition("True", "v1beta1", "v2", "v1");
        change(null, young);
        assertThat(begun).isEmpty();
        change(young, served);
        change(served, served);
        assertThat(begun).singleElement().satisfies(type -> {
            assertThat(type.gvr().toString()).contains("v2");
            assertThat(type.kind()).isEqualTo("Widget");
            assertThat(type.namespaced()).isTrue();
        });
        assertThat(objects.all()).hasSize(1);
    }

    @Test
    void leavesATypeThatIsGoneAndTakesItUpAgain() throws JsonProcessingException {
        DefinedType served = definition("True", "v1");
        change(null, served);
        change(served, null);
        assertThat(left).isEqualTo(begun);
        assertThat(objects.all()).isEmpty();
        change(null, served);
        assertThat(begun).hasSize(2);
        assertThat(objects.all()).hasSize(1);
    }
}
