package io.kybern.node.pods;

import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.Semaphore;

/** What all pods of a node share when they fetch images: turns, and the memory of who fetched what. */
public final class ImagePulls {

    private final Semaphore turns;
    private final PulledImages images;

    /**
     * @param atOnce how many images are fetched at the same time; those that asked first come first
     * @param directory where it is kept which images were fetched, and with whose logins
     */
    public ImagePulls(int atOnce, Path directory, ImageVerification verification, Clock clock) {
        this.turns = new Semaphore(atOnce, true);
        this.images = new PulledImages(directory, verification, clock);
    }

    Semaphore turns() {
        return turns;
    }

    PulledImages images() {
        return images;
    }
}
