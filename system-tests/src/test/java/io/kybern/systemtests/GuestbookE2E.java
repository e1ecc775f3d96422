package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** The demo, as its visitor sees it: what is written in a browser outlives the pods that it went through. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class GuestbookE2E extends ClusterTest {

    private static final String GREETING = "Greetings from a browser without a head.";
    private static final String AFTERWARDS = "The leader went away and came back. This is written to its successor.";
    private static final String MARKUP = "Is <b>this</b> bold? & \"that\"?";
    private static final String REFUSED = "This was not written for sure. Try again in a moment.";
    private static final Duration DEMO = Duration.ofMinutes(8);

    private Browser browser;
    private String url;

    @BeforeAll
    void runTheDemo() {
        Kubectl.execute(List.of("../k8s-bootstrap/scripts/demo.sh", kubectl.namespace()), "", Map.of(), DEMO)
                .ok();
        // a node that runs one of its pods: other tests make nodes that are none
        String node = kubectl.run("get", "pods", "-l", "app=guestbook", "-o", "jsonpath={.items[0].status.hostIP}");
        url = "http://" + node + ":" + field("service/frontend", ".spec.ports[0].nodePort") + "/";
        browser = Browser.open();
    }

    @AfterAll
    void closeTheBrowser() {
        if (browser != null) {
            browser.close();
        }
    }

    @Test
    @Order(1)
    void aMessageWrittenInTheBrowserIsShown() {
        sign("Ada", GREETING);
        assertThat(browser.text("#pod")).isIn(podsOf("frontend"));
    }

    @Test
    @Order(2)
    void markupIsShownAndNotObeyed() {
        sign("Grace", MARKUP);
        assertThat(browser.texts("#messages b")).isEmpty();
    }

    @Test
    @Order(3)
    void theMessageOutlivesTheLeadersPod() {
        List<String> gone = replacePodsOf("leader", "redis-leader");
        assertThat(podsOf("leader")).hasSize(1).doesNotContainAnyElementsOf(gone);
        assertShown(GREETING, MARKUP);
        sign("Barbara", AFTERWARDS);
        assertShown(GREETING, MARKUP, AFTERWARDS);
    }

    @Test
    @Order(4)
    void theMessagesOutliveTheFrontEndsPods() {
        List<String> gone = replacePodsOf("frontend", "frontend");
        assertThat(podsOf("frontend")).hasSize(3).doesNotContainAnyElementsOf(gone);
        assertShown(GREETING, MARKUP, AFTERWARDS);
        assertThat(browser.text("#pod")).isNotIn(gone);
        browser.screenshot(Path.of("target", "guestbook.png"));
    }

    /** Fills the form and sends it, again if the guestbook could not take it just then. */
    private void sign(String author, String text) {
        eventually("\"" + text + "\" is written").untilAsserted(() -> {
            browser.open(url);
            browser.type("#author", author);
            browser.type("#text", text);
            browser.click("button");
            // the click may be answered before the page is: signing again at once would sign twice
            eventually("the guestbook has answered")
                    .untilAsserted(() -> assertThat(browser.texts("#messages .text, .problem"))
                            .containsAnyOf(text, REFUSED));
            assertThat(browser.texts("#messages .text")).contains(text);
        });
    }

    private void assertShown(String... messages) {
        eventually("the messages are shown").untilAsserted(() -> {
            browser.open(url);
            assertThat(browser.texts("#messages .text")).contains(messages);
        });
    }

    /** Deletes all pods of a role and waits until others do their work; answers who went. */
    private List<String> replacePodsOf(String role, String deployment) {
        List<String> gone = podsOf(role);
        kubectl.run("delete", "pod", "-l", "app=guestbook,role=" + role);
        eventually("others are in their place")
                .untilAsserted(
                        () -> assertThat(podsOf(role)).hasSameSizeAs(gone).doesNotContainAnyElementsOf(gone));
        kubectl.run("rollout", "status", "deployment/" + deployment, "--timeout=110s");
        return gone;
    }

    private List<String> podsOf(String role) {
        return List.of(kubectl.run(
                        "get", "pods", "-l", "app=guestbook,role=" + role, "-o", "jsonpath={.items[*].metadata.name}")
                .split(" "));
    }
}
