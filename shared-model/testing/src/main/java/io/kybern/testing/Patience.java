package io.kybern.testing;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Lets every test wait long enough for its condition: a build machine that is busy with other work may stand still for longer than
 * Awaitility's ten seconds, and a test that passes does not wait at all. Found by JUnit as a service.
 */
public final class Patience implements LauncherSessionListener {

    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Override
    public void launcherSessionOpened(LauncherSession session) {
        Awaitility.setDefaultTimeout(LIMIT);
    }
}
