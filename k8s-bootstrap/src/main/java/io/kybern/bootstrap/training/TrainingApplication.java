package io.kybern.bootstrap.training;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the programs that the command line names one after the other in this process, lets them run for a moment, and ends.
 * A JVM that records an ahead-of-time cache meanwhile (<a href="https://openjdk.org/jeps/514">JEP 514</a>) then knows the
 * classes of all of them, so one cache serves every service of the image. What a program misses at that time (its store, its
 * event bus, the API server) it waits for, as it would in a cluster; one that does not start is left out.
 */
public final class TrainingApplication {

    private static final Logger log = LoggerFactory.getLogger(TrainingApplication.class);

    /** Long enough for background threads to meet what they connect to. */
    private static final long RUN_SECONDS = 4;

    private TrainingApplication() {}

    /** Runs the programs whose main classes are named. */
    public static void main(String[] mainClasses) throws InterruptedException {
        for (String mainClass : mainClasses) {
            start(mainClass);
        }
        new CountDownLatch(1).await(RUN_SECONDS, TimeUnit.SECONDS);
        System.exit(0);
    }

    private static void start(String mainClass) throws InterruptedException {
        // a thread of its own, because a program may keep the one that started it
        Thread program = Thread.ofPlatform().name("main").start(() -> {
            try {
                Class.forName(mainClass).getMethod("main", String[].class).invoke(null, (Object) new String[0]);
                log.atInfo().addKeyValue("main", mainClass).log("program is trained");
            } catch (ReflectiveOperationException e) {
                log.atWarn().setCause(e).addKeyValue("main", mainClass).log("program is left out of the training");
            }
        });
        program.join(TimeUnit.SECONDS.toMillis(30));
    }
}
