package io.kybern.apiserver.aggregation;

import io.kybern.apiserver.registry.extensions.Conditions.Condition;

/**
 * What was found when an aggregated API was looked at.
 *
 * @param available whether it answers
 * @param reason one word
 * @param message for people
 */
record Availability(boolean available, String reason, String message) {

    static final Availability PASSED = new Availability(true, "Passed", "all checks passed");

    static Availability missing(String reason, String message) {
        return new Availability(false, reason, message);
    }

    Condition condition() {
        return new Condition("Available", available ? "True" : "False", reason, message);
    }
}
