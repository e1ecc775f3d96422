package io.kybern.apiserver.admission.podsecurity;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What a standard does not allow.
 *
 * @param reason in few words
 * @param detail who does it
 */
record Violation(String reason, String detail) {

    /** All of them as a refusal says it. */
    static String details(List<Violation> all) {
        return all.stream()
                .map(each -> "%s (%s)".formatted(each.reason(), each.detail()))
                .collect(Collectors.joining(", "));
    }

    /** All of them without who does it. */
    static String reasons(List<Violation> all) {
        return all.stream().map(Violation::reason).collect(Collectors.joining(", "));
    }
}
