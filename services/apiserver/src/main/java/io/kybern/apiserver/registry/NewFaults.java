package io.kybern.apiserver.registry;

import io.kybern.api.validation.FieldError;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * The faults that a change brings. An object may have been stored before a rule came; what was wrong with it then is no reason to refuse
 * a change of something else, least of all one that lets it be deleted.
 */
public final class NewFaults {

    private NewFaults() {}

    /**
     * The faults of an object but those that it had already, in the same words and at the same place.
     *
     * @param rules adds the faults of an object; asked of the old one only if the new one has some
     */
    public static <T> List<FieldError> of(T object, T old, BiConsumer<T, List<FieldError>> rules) {
        List<FieldError> faults = new ArrayList<>();
        rules.accept(object, faults);
        if (!faults.isEmpty()) {
            List<FieldError> known = new ArrayList<>();
            rules.accept(old, known);
            faults.removeAll(new HashSet<>(known));
        }
        return faults;
    }
}
