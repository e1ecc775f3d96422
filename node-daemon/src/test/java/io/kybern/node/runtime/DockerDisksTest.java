package io.kybern.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerCmd;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.ListContainersCmd;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DockerDisksTest {

    private static Container container(String id) {
        return Serialization.unmarshal(
                "{\"Id\":\"%s\",\"SizeRw\":5,\"Labels\":{\"id\":\"%s\"}}".formatted(id, id), Container.class);
    }

    private static <T> T fake(Class<T> type, java.lang.reflect.InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    @Test
    void aContainerThatWentMeanwhileIsLeftOut() {
        ListContainersCmd list = fake(
                ListContainersCmd.class,
                (proxy, method, arguments) ->
                        method.getName().equals("exec") ? List.of(container("gone"), container("there")) : proxy);
        DockerClient docker = fake(DockerClient.class, (proxy, method, arguments) -> switch (method.getName()) {
            case "listContainersCmd" -> list;
            case "inspectContainerCmd" -> inspect(String.valueOf(arguments[0]));
            default -> throw new AssertionError("nobody asks for " + method.getName());
        });
        assertThat(DockerDisks.measure(docker, Map.of())).containsExactly(new ContainerDisk(Map.of("id", "there"), 5));
    }

    private static InspectContainerCmd inspect(String id) {
        return fake(InspectContainerCmd.class, (proxy, method, arguments) -> {
            if (id.equals("gone")) {
                throw new NotFoundException("No such container: gone");
            }
            return new InspectContainerResponse();
        });
    }
}
