package io.kybern.node.runtime;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Container;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the containers of a Docker Engine take of the disk: what they wrote, and what was logged of them. */
final class DockerDisks {

    private DockerDisks() {}

    static List<ContainerDisk> measure(DockerClient docker, Map<String, String> labels) {
        List<ContainerDisk> answer = new ArrayList<>();
        for (Container c : docker.listContainersCmd()
                .withShowAll(true)
                .withShowSize(true)
                .withLabelFilter(labels)
                .exec()) {
            long written = c.getSizeRw() == null ? 0 : c.getSizeRw();
            try {
                String log = docker.inspectContainerCmd(c.getId()).exec().getLogPath();
                answer.add(new ContainerDisk(
                        c.getLabels() == null ? Map.of() : c.getLabels(), written + LogFiles.bytes(log)));
            } catch (NotFoundException gone) {
                // removed since the list was made: it takes nothing any more
            }
        }
        return answer;
    }
}
