package io.kybern.systemtests;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What the webhooks of an {@link ExtensionServer} say, each to a review as the API server writes it. */
final class ExtensionHooks {

    private static final String UNWANTED = "\"unwanted\":\"yes\"";
    private static final long LATENCY_SECONDS = 3;

    private ExtensionHooks() {}

    /**
     * The answer of a webhook, without what every answer has.
     *
     * @param review what the API server asks, as it wrote it
     */
    static String answer(String path, String review) {
        return switch (path) {
            case "/hooks/refuse" -> refused("this webhook refuses everything");
            case "/hooks/refuse-unwanted" ->
                object(review).contains(UNWANTED) ? refused("it contains unwanted data") : allowed();
            case "/hooks/keep" ->
                oldObject(review).contains("\"keep\":\"yes\"") ? refused("it is not to be deleted") : allowed();
            case "/hooks/late" -> late();
            case "/hooks/stages" -> stages(object(review));
            case "/hooks/add-init-container" ->
                patched(
                        "[{\"op\":\"add\",\"path\":\"/spec/initContainers\",\"value\":[{\"image\":\"added\",\"name\":\"added\"}]}]");
            default -> refused("nobody knows " + path);
        };
    }

    private static String allowed() {
        return "\"allowed\":true";
    }

    private static String refused(String message) {
        return "\"allowed\":false,\"status\":{\"message\":\"" + message + "\"}";
    }

    private static String patched(String patch) {
        String encoded = Base64.getEncoder().encodeToString(patch.getBytes(StandardCharsets.UTF_8));
        return allowed() + ",\"patchType\":\"JSONPatch\",\"patch\":\"" + encoded + "\"";
    }

    /** Allows everything, after some seconds. */
    private static String late() {
        try {
            boolean never = new CountDownLatch(1).await(LATENCY_SECONDS, TimeUnit.SECONDS);
            return never ? "" : allowed();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    /** Adds the second stage to what has the first one, and the first one to what has begun. */
    private static String stages(String object) {
        if (object.contains("\"stage-1\":\"yes\"")) {
            return patched("[{\"op\":\"add\",\"path\":\"/data/stage-2\",\"value\":\"yes\"}]");
        }
        return object.contains("\"begun\":\"yes\"")
                ? patched("[{\"op\":\"add\",\"path\":\"/data/stage-1\",\"value\":\"yes\"}]")
                : allowed();
    }

    private static String object(String review) {
        return between(review, "\"object\":", "\"oldObject\":");
    }

    private static String oldObject(String review) {
        return between(review, "\"oldObject\":", "\"dryRun\":");
    }

    private static String between(String review, String begin, String end) {
        int from = Math.max(0, review.indexOf(begin));
        int to = review.indexOf(end, from);
        return to < 0 ? review.substring(from) : review.substring(from, to);
    }
}
