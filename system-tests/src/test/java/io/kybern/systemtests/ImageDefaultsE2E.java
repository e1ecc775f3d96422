package io.kybern.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What an image says of its command, and what the pod makes of it; "Define a Command and Arguments for a Container" in the
 * documentation.
 */
class ImageDefaultsE2E extends PodTest {

    private static final String TALKING = "kybern/e2e-talking:1";

    @BeforeAll
    void start() {
        Stack.loadImage(
                TALKING,
                "ENTRYPOINT [\"echo\", \"entry point\"]",
                "CMD [\"and command\"]",
                "ENV GREETING=image",
                "WORKDIR /home",
                "USER 65534");
        String look = "command: [sh, -c, \"pwd; id -u; echo $GREETING\"]\n";
        kubectl.apply((pod("nothing", "", "")
                        + pod("arguments", "args: [and arguments]\n", "")
                        + pod("command", "command: [echo, only this]\n", "")
                        + pod("both", "command: [echo, this]\nargs: [and that]\n", "")
                        + pod("surroundings", look, "")
                        + pod(
                                "other-surroundings",
                                look
                                        + "workingDir: /tmp\nenv: [{ name: GREETING, value: pod }]\nsecurityContext: { runAsUser: 1001 }\n",
                                ""))
                .replace(IMAGE, TALKING));
        awaitPods("they have ended", PodTest::hasEnded);
    }

    @Test
    void theImagesEntryPointAndCommandRunIfThePodSaysNothing() {
        assertThat(logs("nothing")).isEqualTo("entry point and command");
    }

    @Test
    void argumentsReplaceTheImagesCommand() {
        assertThat(logs("arguments")).isEqualTo("entry point and arguments");
    }

    @Test
    void aCommandReplacesTheImagesEntryPointAndItsCommandGoesToo() {
        assertThat(logs("command")).isEqualTo("only this");
    }

    @Test
    void aCommandAndArgumentsReplaceBoth() {
        assertThat(logs("both")).isEqualTo("this and that");
    }

    @Test
    void directoryUserAndVariablesAreTheImagesUnlessThePodSaysOthers() {
        assertThat(logs("surroundings")).isEqualTo("/home\n65534\nimage");
        assertThat(logs("other-surroundings")).isEqualTo("/tmp\n1001\npod");
    }
}
