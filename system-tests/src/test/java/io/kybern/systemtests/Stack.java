package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The containers that the cluster consists of, as one who owns the machine sees them: through its Docker engine. */
final class Stack {

    /** The control plane's own services, with the port at which each tells its health. */
    static final Map<String, Integer> SERVICES = Map.of(
            "apiserver", 9443,
            "scheduler", 10259,
            "replication-controller", 10271,
            "deployment-controller", 10272,
            "endpoint-controller", 10273,
            "node-controller", 10274,
            "lifecycle-controller", 10275,
            "dns", 10276,
            "workload-controller", 10277);

    private static final String PROJECT = Objects.requireNonNullElse(System.getenv("COMPOSE_PROJECT_NAME"), "kybern");

    /** Where a node keeps what belongs to its pods. */
    private static final String PODS = "/var/lib/kubelet/pods";

    private Stack() {}

    /** Switches a container off at once, as a power cut does. It stays off until {@link #start}. */
    static void cutOff(String service) {
        docker("kill", container(service));
    }

    /** Stops a container as its owner would. It stays stopped until {@link #start}. */
    static void stop(String service) {
        docker("stop", container(service));
    }

    /** The same, and it has that long to end. */
    static void stop(String service, Duration limit) {
        docker("stop", "-t", Long.toString(limit.toSeconds()), container(service));
    }

    /** Starts a container; one that runs is left alone. */
    static void start(String service) {
        docker("start", container(service));
    }

    /** Freezes every process of a container, as a machine that hangs does. */
    static void freeze(String service) {
        docker("pause", container(service));
    }

    /** Lets a container go on; one that is not frozen is left alone. */
    static void thaw(String service) {
        if (inspect(service, "{{.State.Paused}}").equals("true")) {
            docker("unpause", container(service));
        }
    }

    /**
     * Kills the container's first process with SIGKILL from outside, so that for Docker it has crashed: unlike a container that was
     * killed through Docker, it is started again by its restart policy.
     */
    static void crash(String service) {
        String pid = inspect(service, "{{.State.Pid}}");
        assertThat(pid).as("pid of " + service).matches("[1-9]\\d*");
        docker("run", "--rm", "--pid=host", "--network=none", ClusterTest.IMAGE, "kill", "-9", pid);
    }

    /**
     * Makes an image of the testbox and puts it on every node.
     *
     * @param changes what it says beyond that, as instructions of a Dockerfile
     */
    static void loadImage(String name, String... changes) {
        String container = docker("create", "--network=none", ClusterTest.IMAGE);
        List<String> commit = new ArrayList<>(List.of("commit"));
        for (String change : changes) {
            commit.addAll(List.of("--change", change));
        }
        commit.addAll(List.of(container, name));
        docker(commit.toArray(String[]::new));
        docker("rm", container);
        Path script = Path.of(System.getProperty("basedir", "."), "..", "k8s-bootstrap", "scripts", "load.sh");
        Kubectl.execute(List.of(script.toString(), name), "", Map.of()).ok();
        docker("rmi", name);
    }

    /** Runs a shell script on a node, and answers its output. */
    static String onNode(String node, String script) {
        return docker("exec", container(node), "sh", "-ec", script);
    }

    /** How often Docker started the container again by itself. */
    static int restarts(String service) {
        return Integer.parseInt(inspect(service, "{{.RestartCount}}"));
    }

    /**
     * What Redis keeps of an object, as text; empty if there is none.
     *
     * @param resource such as {@code core/secrets}
     * @param key namespace and name
     */
    static String stored(String resource, String key) {
        return docker(
                "exec",
                container("redis"),
                "sh",
                "-c",
                "REDISCLI_AUTH=$(cat /etc/kybern/control-plane/secrets/kybern.redis.password) redis-cli hget \"$0\" \"$1\"",
                "{kybern}:objects:" + resource,
                key);
    }

    /** The pods of a namespace of which a node has containers, running or not. */
    static List<String> podsWithContainers(String node, String namespace) {
        String names = docker(
                "exec",
                container(node),
                "docker",
                "ps",
                "-a",
                "--filter",
                "label=io.kybern.pod.namespace=" + namespace,
                "--format",
                "{{.Label \"io.kybern.pod.name\"}}");
        return Arrays.stream(names.split("\n"))
                .filter(name -> !name.isEmpty())
                .distinct()
                .toList();
    }

    /** The containers of a namespace's pods that run on a node: the id of each with its pod's name; sandboxes are left out. */
    static Map<String, String> runningContainers(String node, String namespace) {
        String lines = docker(
                "exec",
                container(node),
                "docker",
                "ps",
                "--no-trunc",
                "--filter",
                "label=io.kybern.pod.namespace=" + namespace,
                "--filter",
                "label=io.kybern.pod.kind=APP",
                "--format",
                "{{.ID}} {{.Label \"io.kybern.pod.name\"}}");
        Map<String, String> containers = new HashMap<>();
        lines.lines().filter(line -> !line.isBlank()).forEach(line -> {
            String[] words = line.strip().split(" ");
            containers.put(words[0], words[1]);
        });
        return containers;
    }

    /** Kills the main process of a container on a node. */
    static void killContainer(String node, String id) {
        docker("exec", container(node), "docker", "kill", id);
    }

    /** Kills a node's Docker Engine, not what runs in its containers. */
    static void killEngine(String node) {
        docker("exec", container(node), "sh", "-c", "kill -9 $(cat /var/run/docker.pid)");
    }

    /** The process of a node's daemon; empty while there is none. */
    static Optional<String> daemon(String node) {
        Kubectl.Result answer = Kubectl.execute(
                List.of("docker", "exec", container(node), "sh", "-c", "pgrep -P $(pgrep -o -x kybern-node) -x java"),
                "",
                Map.of());
        return answer.exitCode() == 0 ? Optional.of(answer.output().strip()) : Optional.empty();
    }

    /** Kills a node's daemon, not the node. */
    static void killDaemon(String node) {
        docker("exec", container(node), "kill", "-9", daemon(node).orElseThrow());
    }

    /** The process of a node's Docker Engine, if it answers. */
    static Optional<String> engine(String node) {
        Kubectl.Result answer = Kubectl.execute(
                List.of(
                        "docker",
                        "exec",
                        container(node),
                        "sh",
                        "-c",
                        "docker version > /dev/null 2>&1 && cat /var/run/docker.pid"),
                "",
                Map.of());
        return answer.exitCode() == 0 ? Optional.of(answer.output().strip()) : Optional.empty();
    }

    /** Writes settings of one node's daemon down on the node; they hold from its next start on. */
    static void configure(String node, String settings) {
        docker(
                "exec",
                container(node),
                "sh",
                "-c",
                "mkdir -p /config && printf %s \"$0\" > /config/kybern-node-daemon.yml",
                settings);
    }

    /** Takes back what {@link #configure} wrote. */
    static void configureNoMore(String node) {
        docker("exec", container(node), "rm", "-rf", "/config");
    }

    /** Whether a node's daemon is well. */
    static boolean nodeIsHealthy(String node) {
        List<String> question = List.of(
                "docker", "exec", container(node), "/usr/local/bin/answers", "10248", "/actuator/health/readiness");
        return Kubectl.execute(question, "", Map.of()).exitCode() == 0;
    }

    /** Gives a node's pods a disk of that size, in memory. It is gone when the node is stopped. */
    static void mountSmallDisk(String node, int mebibytes) {
        docker("exec", container(node), "mount", "-t", "tmpfs", "-o", "size=" + mebibytes + "m", "pods", PODS);
    }

    /** How much of the disk of a node's pods is free, in KiB. */
    static long freeDisk(String node) {
        return Long.parseLong(
                docker("exec", container(node), "sh", "-c", "df --output=avail -k " + PODS + " | tail -n 1")
                        .strip());
    }

    /** Whether everything that a service depends on is well, as its health page says. */
    static boolean isHealthy(String service) {
        return ClusterTest.statusCode("http://127.0.0.1:" + SERVICES.get(service) + "/actuator/health") == 200;
    }

    private static String inspect(String service, String format) {
        return docker("inspect", "-f", format, container(service));
    }

    private static String container(String service) {
        String id = docker(
                "ps",
                "-aq",
                "--filter",
                "label=com.docker.compose.project=" + PROJECT,
                "--filter",
                "label=com.docker.compose.service=" + service);
        assertThat(id).as("container of " + service).matches("[0-9a-f]+");
        return id;
    }

    private static String docker(String... arguments) {
        String[] command = new String[arguments.length + 1];
        command[0] = "docker";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return Kubectl.execute(List.of(command), "", Map.of()).ok();
    }
}
