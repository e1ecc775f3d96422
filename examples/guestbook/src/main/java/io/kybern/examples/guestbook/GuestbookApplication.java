package io.kybern.examples.guestbook;

import java.io.IOException;
import java.util.Map;

/** Starts the front end. The Services' names and the pod's own come from the environment, as its manifest sets it. */
public final class GuestbookApplication {

    private static final System.Logger LOG = System.getLogger(GuestbookApplication.class.getName());

    private GuestbookApplication() {}

    /** Runs until the process is told to end. */
    public static void main(String[] arguments) throws IOException {
        Map<String, String> environment = System.getenv();
        Guestbook guestbook = new Guestbook(
                environment.getOrDefault("REDIS_LEADER", "redis-leader"),
                environment.getOrDefault("REDIS_FOLLOWER", "redis-follower"));
        Page page = new Page(
                environment.getOrDefault("POD_NAME", "unknown"), environment.getOrDefault("NODE_NAME", "unknown"));
        WebServer server = new WebServer(guestbook, page, Integer.parseInt(environment.getOrDefault("PORT", "8080")));
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(server::stop));
        server.start();
        LOG.log(System.Logger.Level.INFO, "the guestbook is open on port {0}", Integer.toString(server.port()));
    }
}
