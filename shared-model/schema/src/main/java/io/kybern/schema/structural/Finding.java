package io.kybern.schema.structural;

import io.kybern.api.validation.FieldError;
import java.util.ArrayList;
import java.util.List;

/** What checking one value against one schema found: the faults, and how much was right, by which alternatives are compared. */
final class Finding {

    private final List<FieldError> errors = new ArrayList<>();
    private int matches;

    List<FieldError> errors() {
        return errors;
    }

    int matches() {
        return matches;
    }

    boolean isValid() {
        return errors.isEmpty();
    }

    void matched() {
        matches++;
    }

    void add(FieldError error) {
        errors.add(error);
    }

    void merge(Finding other) {
        errors.addAll(other.errors);
        matches += other.matches;
    }

    /** Forgets the faults of a value that was faulty before. */
    void forgive() {
        errors.clear();
    }
}
