package io.kybern.apiserver.registry.volumes;

import io.kybern.api.validation.FieldError;
import io.kybern.api.validation.FieldPath;
import io.kybern.api.validation.Names;
import java.util.List;
import java.util.Locale;

/** The names of drivers: DNS names that need not be in lower case, at most 63 characters long. */
public final class DriverNames {

    private static final int MAX = 63;

    private DriverNames() {}

    /** Adds the faults of a driver's name, which must be there. */
    public static void validate(String name, FieldPath field, List<FieldError> errors) {
        if (name.isEmpty()) {
            errors.add(FieldError.required(field, ""));
            return;
        }
        if (name.length() > MAX) {
            errors.add(FieldError.tooLong(field, MAX));
        }
        Names.dns1123Subdomain(name.toLowerCase(Locale.ROOT))
                .forEach(fault -> errors.add(FieldError.invalid(field, name, fault)));
    }
}
