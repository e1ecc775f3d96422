package io.kybern.apiserver.endpoints;

import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.api.Json;
import io.kybern.api.KubeObject;
import io.kybern.api.ResourceRegistry;
import io.kybern.api.ResourceType;
import io.kybern.apiserver.authn.UserInfo;
import io.kybern.apiserver.registry.RequestScope;
import io.kybern.apiserver.registry.ResourceStrategy;
import io.kybern.apiserver.registry.TableShape;
import java.time.Clock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.node.ObjectNode;

@Timeout(60)
class PartStrategyTest {

    private final ResourceStrategy pods = new ResourceStrategy() {
        @Override
        public ResourceType type() {
            return ResourceRegistry.builtIn().require("", "v1", "pods");
        }

        @Override
        public TableShape table() {
            throw new IllegalStateException("an update shows no table");
        }
    };

    private static ObjectNode pod(String cpu) {
        return (ObjectNode) Json.read("""
                {"metadata":{"name":"p","generation":1},"spec":{"containers":[{"name":"c","resources":{"limits":{"cpu":"%s"}}}]}}
                """.formatted(cpu));
    }

    private long generation(boolean wanted, ObjectNode before, ObjectNode after) {
        RequestScope scope = new RequestScope(UserInfo.anonymous(), "ns", "p", false, Clock.systemUTC(), "");
        new PartStrategy(pods, wanted).prepareForUpdate(after, before, scope);
        return KubeObject.generation(after);
    }

    @Test
    void theGenerationCountsChangesOfWhatIsWanted() {
        assertThat(generation(true, pod("1"), pod("2"))).isEqualTo(2);
        assertThat(generation(true, pod("1"), pod("1"))).isEqualTo(1);
        assertThat(generation(false, pod("1"), pod("2"))).isEqualTo(1);
    }
}
