package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Images come from registries: when they are fetched, who may have them, and what is said of it. */
class ImagePullsE2E extends PodTest {

    private static final String NODE = "node-1";
    private static final String[] NOT_YET = {"anonymous", "wrong", "nowhere", "down"};
    private static final String DIGITS = "([0-9]+h)?([0-9]+m)?[0-9.]+(ms|s)";

    private final Registry registry = new Registry(NODE);
    private Map<String, String> digests = Map.of();
    private Map<String, JsonNode> whileItFailed = Map.of();

    private static String puller(String name, String image, String policy, String spec) {
        return """
                ---
                apiVersion: v1
                kind: Pod
                metadata: { name: %s }
                spec:
                  nodeName: %s
                  restartPolicy: Never
                  terminationGracePeriodSeconds: 0
                  enableServiceLinks: false
                  automountServiceAccountToken: false
                  containers:
                  - name: c
                    image: %s
                """.formatted(name, NODE, image)
                + (policy.isEmpty() ? "" : "    imagePullPolicy: " + policy + "\n")
                + script("echo $BOX; trap 'exit 0' TERM; while true; do sleep 1; done")
                        .indent(4)
                + spec.indent(2);
    }

    private String pod(String name, String registryAddress, String image, String spec) {
        return puller(name, registry.image(registryAddress, image), "IfNotPresent", spec);
    }

    private static String with(String... secrets) {
        List<String> names = new ArrayList<>();
        for (String secret : secrets) {
            names.add("{ name: " + secret + " }");
        }
        return "imagePullSecrets: " + names + "\n";
    }

    @BeforeAll
    void startAll() {
        kubectl.apply(registry.pod());
        awaitPods("the registries are ready", PodTest::isReady, "registry");
        digests = registry.push(
                "plain:1=plain",
                "exact:1=exact",
                "newest:latest=newest",
                "moved:1=first",
                "door:1=door",
                "account:1=account",
                "wrong:1=wrong",
                "lost:1=lost",
                "anonymous:1=anonymous",
                "twin:1=twin",
                "down:1=down");
        kubectl.apply(Registry.secret("key") + Registry.secret("badkey", "wrong") + """
                ---
                apiVersion: v1
                kind: ServiceAccount
                metadata: { name: puller }
                imagePullSecrets: [{ name: key }]
                """);
        kubectl.apply(pod("plain", Registry.OPEN, "plain:1", "")
                + pod("exact", Registry.OPEN, "exact@" + digests.get("exact:1"), "")
                + puller("newest", registry.image(Registry.OPEN, "newest"), "", "")
                + pod("before", Registry.OPEN, "moved:1", "")
                + pod("door", Registry.CLOSED, "door:1", with("key"))
                + pod("account", Registry.CLOSED, "account:1", "serviceAccountName: puller")
                + pod("lost", Registry.OPEN, "lost:1", with("nokey"))
                + pod("twin-1", Registry.OPEN, "twin:1", "")
                + pod("twin-2", Registry.OPEN, "twin:1", "")
                + pod("anonymous", Registry.CLOSED, "anonymous:1", "")
                + pod("wrong", Registry.CLOSED, "wrong:1", with("badkey"))
                + pod("nowhere", Registry.OPEN, "nowhere:1", "")
                + pod("down", Registry.LATE, "down:1", ""));
        whileItFailed = awaitBackOffs(NOT_YET);
        // and all that was missing comes
        kubectl.apply(registry.latePod() + Registry.secret("badkey"));
        registry.push("nowhere:1=nowhere");
        awaitPods(
                "it runs",
                PodTest::isReady,
                "plain",
                "exact",
                "newest",
                "before",
                "door",
                "account",
                "lost",
                "twin-1",
                "twin-2");
    }

    /** Each as it is seen first: between two waits it tries again, and they need not wait at the same time. */
    private Map<String, JsonNode> awaitBackOffs(String... names) {
        Map<String, JsonNode> seen = new HashMap<>();
        Predicate<JsonNode> backedOff = waits("ImagePullBackOff");
        eventually("their pulls are backed off").untilAsserted(() -> {
            Map<String, JsonNode> pods = allPods();
            for (String name : names) {
                JsonNode pod = pods.get(name);
                if (pod != null && backedOff.test(pod)) {
                    seen.putIfAbsent(name, pod);
                }
            }
            assertThat(seen).containsOnlyKeys(names);
        });
        return seen;
    }

    @AfterAll
    void clean() {
        kubectl.run("delete", "pods", "--all", "--grace-period=0", "--force", "--wait=true");
        eventually("its containers are gone")
                .until(() -> Stack.podsWithContainers(NODE, kubectl.namespace()).isEmpty());
        registry.clean();
    }

    private static Predicate<JsonNode> waits(String reason) {
        return pod -> container(pod)
                .path("state")
                .path("waiting")
                .path("reason")
                .asString()
                .equals(reason);
    }

    private String waiting(String pod) {
        return container(whileItFailed.get(pod))
                .path("state")
                .path("waiting")
                .path("message")
                .asString();
    }

    /** What is said of a pod's images: type, reason and message of each event. */
    private List<String> said(String pod) {
        List<String> lines = new ArrayList<>();
        for (JsonNode event :
                get("events", "--field-selector=involvedObject.name=" + pod).path("items")) {
            if (event.path("involvedObject").path("fieldPath").asString().equals("spec.containers{c}")) {
                lines.add(event.path("type").asString() + " "
                        + event.path("reason").asString() + " "
                        + event.path("message").asString());
            }
        }
        return lines;
    }

    private void isSaid(String pod, String... patterns) {
        eventually("it is said of " + pod).untilAsserted(() -> {
            List<String> said = said(pod);
            for (String pattern : patterns) {
                assertThat(said).as(pattern).anyMatch(line -> line.matches(pattern));
            }
        });
    }

    private void wasFetched(String pod, String image) {
        isSaid(
                pod,
                "Normal Pulling Pulling image \"" + image + "\"",
                "Normal Pulled Successfully pulled image \"" + image + "\" in " + DIGITS + " \\(" + DIGITS
                        + " including waiting\\)\\. Image size: [1-9]\\d{5,} bytes\\.");
    }

    private void wasThere(String pod, String image) {
        isSaid(
                pod,
                "Normal Pulled Container image \"" + image
                        + "\" already present on machine and can be accessed by the pod");
        assertThat(said(pod)).noneMatch(line -> line.contains(" Pulling "));
    }

    @Test
    void anImageThatIsNotThereIsFetched() {
        String image = registry.image(Registry.OPEN, "plain:1");
        wasFetched("plain", image);
        assertThat(logs("plain")).isEqualTo("plain");
        JsonNode status = container(get("pod", "plain"));
        assertThat(status.path("image").asString()).isEqualTo(image);
        assertThat(status.path("imageID").asString())
                .isEqualTo(
                        "docker-pullable://" + registry.image(Registry.OPEN, "plain") + "@" + digests.get("plain:1"));
    }

    @Test
    void anImageIsFetchedByItsDigest() {
        String image = registry.image(Registry.OPEN, "exact@" + digests.get("exact:1"));
        wasFetched("exact", image);
        assertThat(logs("exact")).isEqualTo("exact");
        JsonNode status = container(get("pod", "exact"));
        assertThat(status.path("image").asString()).isEqualTo(image);
        assertThat(status.path("imageID").asString()).isEqualTo("docker-pullable://" + image);
    }

    @Test
    void anImageWithoutATagIsTheLatestAndAlwaysFetched() {
        String image = registry.image(Registry.OPEN, "newest");
        wasFetched("newest", image);
        assertThat(field("pod/newest", ".spec.containers[0].imagePullPolicy")).isEqualTo("Always");
        kubectl.apply(puller("newest-again", image, "", ""));
        awaitPods("it runs", PodTest::isReady, "newest-again");
        wasFetched("newest-again", image);
    }

    @Test
    void aTagThatMovedIsSeenByThosePodsThatAlwaysFetch() {
        String image = registry.image(Registry.OPEN, "moved:1");
        assertThat(logs("before")).isEqualTo("first");
        registry.push("moved:1=second");
        kubectl.apply(puller("kept", image, "IfNotPresent", "") + puller("never", image, "Never", ""));
        awaitPods("it runs", PodTest::isReady, "kept", "never");
        wasThere("kept", image);
        wasThere("never", image);
        assertThat(logs("kept")).isEqualTo("first");
        assertThat(logs("never")).isEqualTo("first");
        kubectl.apply(puller("always", image, "Always", ""));
        awaitPods("it runs", PodTest::isReady, "always");
        wasFetched("always", image);
        assertThat(logs("always")).isEqualTo("second");
        // what runs stays what it is
        assertThat(logs("before")).isEqualTo("first");
        assertThat(container(get("pod", "before")).path("imageID").asString()).endsWith("@" + digests.get("moved:1"));
    }

    @Test
    void podsThatWantAnImageTogetherBothGetIt() {
        assertThat(logs("twin-1")).isEqualTo("twin");
        assertThat(logs("twin-2")).isEqualTo("twin");
        isSaid("twin-1", "Normal Pulled .*");
        isSaid("twin-2", "Normal Pulled .*");
    }

    @Test
    void aSecretOfThePodOpensItsRegistry() {
        wasFetched("door", registry.image(Registry.CLOSED, "door:1"));
        assertThat(logs("door")).isEqualTo("door");
    }

    @Test
    void aSecretOfTheServiceAccountOpensTheRegistryForItsPods() {
        assertThat(field("pod/account", ".spec.imagePullSecrets[*].name")).isEqualTo("key");
        wasFetched("account", registry.image(Registry.CLOSED, "account:1"));
        assertThat(logs("account")).isEqualTo("account");
    }

    @Test
    void aSecretThatIsMissingIsSaidAndNotMissedWhereNoneIsNeeded() {
        wasFetched("lost", registry.image(Registry.OPEN, "lost:1"));
        eventually("it is said").untilAsserted(() -> assertThat(
                        kubectl.run("get", "events", "--field-selector=involvedObject.name=lost", "-o", "json"))
                .contains("FailedToRetrieveImagePullSecret")
                .contains("Unable to retrieve some image pull secrets (nokey);"
                        + " attempting to pull the image may not succeed."));
    }

    private void failed(String pod, String image, String why) {
        assertThat(waiting(pod)).matches("Back-off pulling image \"" + image + "\": ErrImagePull: .*" + why + ".*");
        isSaid(
                pod,
                "Normal Pulling Pulling image \"" + image + "\"",
                "Warning Failed Failed to pull image \"" + image + "\": .*" + why + ".*",
                "Warning Failed Error: ErrImagePull",
                "Normal BackOff Back-off pulling image \"" + image + "\"",
                "Warning Failed Error: ImagePullBackOff");
        assertThat(phase(whileItFailed.get(pod))).isEqualTo("Pending");
    }

    /** It tries again after a wait that grows with each failure. */
    private void awaitRecovery(String pod) {
        eventually("it runs after all")
                .atMost(Duration.ofSeconds(250))
                .untilAsserted(() -> assertThat(isReady(get("pod", pod))).isTrue());
    }

    @Test
    void aRegistryThatAsksForALoginLetsNobodyInWithoutOne() {
        failed("anonymous", registry.image(Registry.CLOSED, "anonymous:1"), "no basic auth credentials");
        assertThat(container(get("pod", "anonymous"))
                        .path("state")
                        .path("waiting")
                        .path("reason")
                        .asString())
                .isIn("ErrImagePull", "ImagePullBackOff");
    }

    @Test
    void aWrongPasswordIsRefusedUntilItIsMended() {
        failed("wrong", registry.image(Registry.CLOSED, "wrong:1"), "unauthorized");
        awaitRecovery("wrong");
        wasFetched("wrong", registry.image(Registry.CLOSED, "wrong:1"));
    }

    @Test
    void anImageThatIsNowhereIsFetchedOnceItIsThere() {
        failed("nowhere", registry.image(Registry.OPEN, "nowhere:1"), "manifest unknown");
        awaitRecovery("nowhere");
        assertThat(logs("nowhere")).isEqualTo("nowhere");
    }

    @Test
    void aRegistryThatIsDownIsAskedAgain() {
        failed("down", registry.image(Registry.LATE, "down:1"), "connection refused");
        awaitRecovery("down");
        assertThat(logs("down")).isEqualTo("down");
    }

    /** Others' logins are of no use to a pod, also if the image is here already. */
    @Test
    void anImageThatWasFetchedWithALoginIsForThosePodsOnlyThatHaveIt() {
        String image = registry.image(Registry.CLOSED, "door:1");
        kubectl.apply(Registry.secret("copy") + Registry.secret("guess", "guessed"));
        kubectl.apply(puller("same", image, "Never", with("key"))
                + puller("copied", image, "IfNotPresent", with("copy"))
                + puller("without", image, "IfNotPresent", "")
                + puller("guessing", image, "IfNotPresent", with("guess"))
                + puller("never-without", image, "Never", ""));
        awaitPods("it runs", PodTest::isReady, "same", "copied");
        wasThere("same", image);
        wasThere("copied", image);
        awaitPods("it does not get the image", waits("ErrImageNeverPull"), "never-without");
        isSaid(
                "never-without",
                "Warning ErrImageNeverPull Container image \"" + image + "\" is not present with pull policy of Never");
        awaitBackOffs("without", "guessing");
        isSaid("without", "Warning Failed Failed to pull image \"" + image + "\": .*no basic auth credentials");
        isSaid("guessing", "Warning Failed Failed to pull image \"" + image + "\": .*unauthorized.*");
    }

    @Test
    void aNodeTellsItsImagesWithNamesAndSizes() {
        String repository = registry.image(Registry.OPEN, "plain");
        eventually("the node tells of the image").untilAsserted(() -> {
            for (JsonNode image : get("node", NODE).path("status").path("images")) {
                List<String> names = new ArrayList<>();
                image.path("names").forEach(name -> names.add(name.asString()));
                if (names.contains(repository + ":1")) {
                    assertThat(names).containsExactly(repository + "@" + digests.get("plain:1"), repository + ":1");
                    assertThat(image.path("sizeBytes").asLong()).isGreaterThan(1_000_000);
                    return;
                }
            }
            throw new AssertionError("no image " + repository);
        });
    }
}
