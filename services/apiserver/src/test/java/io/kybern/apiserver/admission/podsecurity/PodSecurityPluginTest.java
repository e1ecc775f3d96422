package io.kybern.apiserver.admission.podsecurity;

import static io.kybern.apiserver.endpoints.WritesUnderTest.made;
import static org.assertj.core.api.Assertions.assertThat;

import io.kybern.apiserver.endpoints.WritesUnderTest;
import io.kybern.apiserver.endpoints.WritesUnderTest.Reply;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the labels of a namespace do to what is written in it. */
@Timeout(60)
class PodSecurityPluginTest {

    private static final String PODS = "/api/v1/namespaces/a/pods";
    private static final String NAMESPACE = "/api/v1/namespaces/a";
    private static final String PRIVILEGED =
            "\"containers\":[{\"name\":\"c\",\"image\":\"i\",\"securityContext\":{\"privileged\":true}}]";
    private static final String REFUSAL = "privileged (container \"c\" must not set securityContext.privileged=true)";

    private WritesUnderTest writes;

    @BeforeEach
    void start() {
        writes = new WritesUnderTest();
        made(writes.create("/api/v1/namespaces", "{\"metadata\":{\"name\":\"a\"}}"));
        made(writes.create(NAMESPACE + "/serviceaccounts", "{\"metadata\":{\"name\":\"default\"}}"));
    }

    @AfterEach
    void stop() {
        writes.close();
    }

    private Reply label(String label, String value) {
        return writes.merge(
                NAMESPACE,
                "{\"metadata\":{\"labels\":{\"pod-security.kubernetes.io/%s\":\"%s\"}}}".formatted(label, value));
    }

    private Reply pod(String name, String spec) {
        return writes.create(PODS, "{\"metadata\":{\"name\":\"%s\"},\"spec\":{%s}}".formatted(name, spec));
    }

    @Test
    void refusesPodsThatAskForTooMuch() {
        made(label("enforce", "baseline"));

        Reply reply = pod("p", PRIVILEGED);

        assertThat(reply.code()).isEqualTo(403);
        assertThat(reply.message())
                .isEqualTo("pods \"p\" is forbidden: violates PodSecurity \"baseline:latest\": " + REFUSAL);
        made(pod("q", "\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]"));
    }

    @Test
    void warnsOfWorkloadsWhosePodsWouldBeRefused() {
        made(label("enforce", "baseline"));
        made(label("enforce-version", "v1.30"));

        Reply reply = made(writes.create(
                "/apis/apps/v1/namespaces/a/deployments",
                "{\"metadata\":{\"name\":\"d\"},\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":"
                        + "{\"labels\":{\"a\":\"b\"}},\"spec\":{" + PRIVILEGED + "}}}}"));

        assertThat(reply.warnings()).contains("would violate PodSecurity \"baseline:v1.30\": " + REFUSAL);
    }

    @Test
    void warnsOnlyWhereOnlyThatIsAsked() {
        made(label("warn", "baseline"));

        Reply reply = made(pod("p", PRIVILEGED));

        assertThat(reply.warnings()).contains("would violate PodSecurity \"baseline:latest\": " + REFUSAL);
    }

    @Test
    void tellsWhichPodsViolateWhatIsNewlyAsked() {
        made(pod("p", PRIVILEGED));
        made(pod("q", PRIVILEGED));

        Reply reply = made(label("enforce", "baseline"));

        assertThat(reply.warnings())
                .containsExactly(
                        "existing pods in namespace \"a\" violate the new PodSecurity enforce level \"baseline:latest\"",
                        "p (and 1 other pod): privileged");
    }

    @Test
    void whatRunsMayStayUnlessItsImagesChange() {
        made(pod("p", PRIVILEGED));
        made(label("enforce", "baseline"));

        made(writes.merge(PODS + "/p", "{\"metadata\":{\"labels\":{\"x\":\"y\"}}}"));
        Reply reply = writes.send(
                "PATCH",
                PODS + "/p",
                "application/strategic-merge-patch+json",
                "{\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"other\"}]}}");

        assertThat(reply.code()).as(reply.text()).isEqualTo(403);
    }

    @Test
    void labelsMustSaySomethingSensible() {
        Reply reply = label("enforce", "strict");

        assertThat(reply.code()).isEqualTo(422);
        assertThat(reply.message())
                .isEqualTo(
                        "Namespace \"a\" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: \"strict\": must be one of privileged, baseline, restricted");
        assertThat(label("warn-version", "1.2").message()).contains("must be \"latest\" or \"v1.x\"");
    }
}
